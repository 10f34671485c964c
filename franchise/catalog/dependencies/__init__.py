"""What needs what among the things sold: sound graphs, what comes along, what may go. Pure."""
