"""`dci explore`: photo and words side by side, every region with its mask, its texts and what models made of it."""
