"""Plain functions run along every way their questions can be answered; what a question means is the caller's."""
