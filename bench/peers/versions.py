"""The peers at hand, with their versions: printed when run."""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def versions():
    found = {}
    for line in (Path(__file__).parent / "requirements.txt").read_text().split():
        name = line.split("==")[0]
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            pass
    return found


if __name__ == "__main__":
    for name, number in versions().items():
        print(name, number)
