"""`dci review`: regions accepted, fixed or rejected, one after the other; rates and agreement of annotators."""
