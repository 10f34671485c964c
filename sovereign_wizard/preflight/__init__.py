"""What is checked before money is spent. One module a check; reads only, changes nothing."""
