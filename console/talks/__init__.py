"""The tab "Talks": one negotiation round by round."""
