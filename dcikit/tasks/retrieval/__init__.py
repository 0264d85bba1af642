"""Long captions and images find each other."""
