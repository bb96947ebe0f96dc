"""What is right and wrong with this machine, in plain words: the checks behind `gateway doctor`."""
