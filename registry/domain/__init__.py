"""The pure core: values and rules, standard library only, no clock, no input or output."""
