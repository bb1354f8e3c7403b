# SPDX-License-Identifier: LGPL-2.1-or-later
"""Write the kernel's initramfs format (newc), without becoming root or using a device node."""

import os
import stat


class Writer:
    """An archive in the open binary file STREAM; everything in it belongs to root."""

    def __init__(self, stream):
        self.stream = stream
        self.seen = set()
        self.serial = 0

    def _entry(self, name, mode, data=b"", device=(0, 0)):
        self.serial += 1
        encoded = name.encode() + b"\0"
        fields = (self.serial, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(encoded), 0)
        header = b"070701" + b"".join(b"%08X" % field for field in fields)
        self.stream.write(header + encoded + b"\0" * (-(len(header) + len(encoded)) % 4))
        self.stream.write(data)
        self.stream.write(b"\0" * (-len(data) % 4))

    def _parents(self, name):
        parent = os.path.dirname(name)
        if parent and parent not in self.seen:
            self.directory(parent)

    def directory(self, name, mode=0o755):
        """Add directory NAME and what it lies in."""
        self._parents(name)
        if name not in self.seen:
            self.seen.add(name)
            self._entry(name, stat.S_IFDIR | mode)

    def file(self, name, data, mode=0o644):
        """Add a file with the bytes (or text) DATA."""
        self._parents(name)
        self.seen.add(name)
        self._entry(name, stat.S_IFREG | mode, data.encode() if isinstance(data, str) else data)

    def link(self, name, target):
        """Add a symbolic link."""
        self._parents(name)
        self.seen.add(name)
        self._entry(name, stat.S_IFLNK | 0o777, target.encode())

    def node(self, name, major, minor):
        """Add a character device."""
        self._parents(name)
        self._entry(name, stat.S_IFCHR | 0o600, device=(major, minor))

    def copy(self, path, name):
        """Add the file, link or tree at PATH as NAME."""
        if path.is_symlink():
            self.link(name, os.readlink(path))
        elif path.is_dir():
            self.directory(name)
            for entry in sorted(path.iterdir()):
                self.copy(entry, f"{name}/{entry.name}")
        else:
            mode = 0o755 if os.access(path, os.X_OK) else 0o644
            self.file(name, path.read_bytes(), mode)

    def close(self):
        """End the archive, padded so that another one can follow."""
        self._entry("TRAILER!!!", 0)
        self.stream.write(b"\0" * (-self.stream.tell() % 512))
