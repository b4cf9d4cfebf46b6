"""What requests and answers look like: <Thing>In is read strictly, <Thing>Out is dumped. The
OpenAPI document is made of these."""
