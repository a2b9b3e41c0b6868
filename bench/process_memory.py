"""What Linux says of a process's memory."""


def sizes(pid, name):
    """Bytes by kind from a file of /proc/PID; empty once the process is gone."""
    try:
        with open(f"/proc/{pid}/{name}", encoding="ascii") as file:
            rows = [line.split() for line in file if line.endswith("kB\n")]
    except (FileNotFoundError, ProcessLookupError):
        return {}
    return {row[0].rstrip(":"): int(row[1]) * 1024 for row in rows}
