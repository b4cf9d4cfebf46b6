"""What the registry costs, against floors measured in the same run: `make bench`, `--quick` in less
than a minute. One figure a module; each has `run(run) -> list[Line]`."""
