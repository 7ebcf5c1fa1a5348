"""Three hundred statements about the flights, as agents send them while they search for a good model."""
