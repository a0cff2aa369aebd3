# SPDX-License-Identifier: LGPL-2.1-or-later
"""machine.py - one QEMU of the lab: its devices, its root shell, its snapshot.

A Machine boots an image, or continues a saved one; either way its disk is an
overlay that is thrown away.  Nothing here uses the network under test: commands
go through a virtual console, and the guest asks for what only the outside can do
(pull a cable, cut the power) through a second port, see Machine.do.
"""
import json
import os
import re
import secrets
import select
import shutil
import socket
import subprocess
import tempfile
import time

MEMORY_MIB = 768
PAYLOAD_BYTES = 16 << 20

# Nehalem: newer instructions only cost time without KVM.
BOARD = [
    '-machine', 'q35,usb=off,sata=off,smbus=off', '-accel', 'tcg,thread=multi,tb-size=256',
    '-cpu', 'Nehalem', '-smp', '1', '-m', str(MEMORY_MIB),
    '-nodefaults', '-no-user-config', '-display', 'none']
KERNEL_ARGS = ('root=/dev/vda rw quiet console=ttyS0 random.trust_cpu=on mitigations=off '
               'tsc=reliable no_timer_check systemd.show_status=0 '
               'security=selinux selinux=1')
# Two cards of the host, each wired to a port of the switch (see lab-wire).
WIRES = [('ens3', '03', 'peer3', '13'), ('ens4', '04', 'peer4', '14')]


class LabError(Exception):
    """The lab itself does not work."""


class Rebooted(Exception):
    """The guest came up (again) instead of answering."""


class Closed(Exception):
    """QEMU ended."""


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


class Machine:
    def __init__(self, lab, base, saved=None, payload=None):
        """Boot @base, or, with the file @saved, continue what was saved there."""
        self.lab = lab
        self.qemu = None
        # keep() needs a gigabyte.
        self.tmp = tempfile.mkdtemp(prefix='sprout-lab.', dir=os.environ.get('TMPDIR', '/var/tmp'))
        self.disk = f'{self.tmp}/disk.qcow2'
        self.buffer = b''
        self.requests = b''
        self.plugged = None
        self.grub = False       # boots what the disk's grub.cfg says
        self.end = 0
        self.handler = None
        self.ssh_port = free_port()
        self.console = f'{self.tmp}/console'
        self._carry(payload)
        try:
            self._begin(base, saved)
        except BaseException:
            self.close()
            raise

    def _begin(self, base, saved):
        fmt = 'raw' if base.endswith('.img') else 'qcow2'
        subprocess.run(['qemu-img', 'create', '-q', '-f', 'qcow2', '-b', os.path.abspath(base),
                        '-F', fmt, self.disk], check=True)
        with open(f'{self.tmp}/qemu.err', 'wb') as err:
            self.qemu = subprocess.Popen(self._argv(saved), stdin=subprocess.DEVNULL,
                                         stdout=err, stderr=err)
        self.qmp_file = self._connect('qmp').makefile('rw')
        self.qmp_file.readline()
        self.qmp('qmp_capabilities')
        self.shell = self._connect('shell')
        self.port = self._connect('port')
        if saved:
            self._mapped_ram()
            self.qmp('migrate-incoming', uri=f'file:{saved}')
            self._migrated()
            self.qmp('cont')

    def _end(self):
        if self.qemu and self.qemu.poll() is None:
            self.qemu.kill()
            self.qemu.wait()

    def _carry(self, payload):
        """The second disk: @payload, a tarball, always of the same size."""
        with open(f'{self.tmp}/payload', 'wb') as out:
            if payload:
                if os.stat(payload).st_size > PAYLOAD_BYTES:
                    raise LabError(f'{payload} is larger than {PAYLOAD_BYTES} bytes')
                with open(payload, 'rb') as f:
                    shutil.copyfileobj(f, out)
            out.truncate(PAYLOAD_BYTES)

    def _argv(self, saved):
        tmp, lab = self.tmp, self.lab
        # However this process ends, QEMU ends with it.
        boots = ['-kernel', f'{lab}/grub'] if self.grub else [
            '-kernel', f'{lab}/vmlinuz', '-initrd', f'{lab}/initrd', '-append', KERNEL_ARGS]
        a = ['setpriv', '--pdeathsig', 'KILL', 'qemu-system-x86_64', *BOARD, *boots,
             '-chardev', f'socket,id=console,path={tmp}/ttyS0,server=on,wait=off,'
                         f'logfile={self.console},logappend=on',
             '-serial', 'chardev:console',
             '-qmp', f'unix:{tmp}/qmp,server=on,wait=off',
             '-device', 'virtio-rng-pci',
             '-device', 'virtio-serial-pci',
             '-chardev', f'socket,id=shell,path={tmp}/shell,server=on,wait=off',
             '-device', 'virtconsole,chardev=shell',
             '-chardev', f'socket,id=port,path={tmp}/port,server=on,wait=off',
             '-device', 'virtserialport,chardev=port,name=lab',
             '-drive', f'if=none,id=vda,format=qcow2,cache=unsafe,discard=unmap,file={self.disk}',
             '-device', 'virtio-blk-pci,drive=vda',
             '-drive', f'if=none,id=vdb,format=raw,cache=unsafe,file={tmp}/payload',
             '-device', 'virtio-blk-pci,drive=vdb']
        for i, (nic, mac, peer, peer_mac) in enumerate(WIRES):
            for name, last in ((nic, mac), (peer, peer_mac)):
                a += ['-netdev', f'hubport,id=n-{name},hubid={i}',
                      '-device', f'virtio-net-pci,romfile=,id={name},netdev=n-{name},'
                                 f'mac=52:54:00:00:00:{last}']
        a += ['-netdev', f'user,id=n-mgmt,restrict=on,hostfwd=tcp:127.0.0.1:{self.ssh_port}-:22',
              '-device', 'virtio-net-pci,romfile=,netdev=n-mgmt,mac=52:54:00:00:00:fe',
              '-netdev', 'hubport,id=n-igb,hubid=9',
              '-device', 'pcie-root-port,id=port1,slot=1',
              '-device', 'igb,bus=port1,romfile=,netdev=n-igb,mac=52:54:00:00:00:20',
              '-device', 'qemu-xhci,id=usb']
        if saved:
            a += ['-incoming', 'defer']
        return a

    def _connect(self, name):
        end = time.monotonic() + 30
        while True:
            s = socket.socket(socket.AF_UNIX)
            try:
                s.connect(f'{self.tmp}/{name}')
                return s
            except OSError:
                s.close()
                if self.qemu.poll() is not None or time.monotonic() > end:
                    raise LabError('qemu: ' + self._qemu_says()) from None
                time.sleep(0.02)

    def _qemu_says(self):
        status = self.status(5)
        with open(f'{self.tmp}/qemu.err', errors='replace') as f:
            return f'{f.read().strip() or "no message"} (status {status})'

    def status(self, seconds):
        """How QEMU ended; None: it has not within that time."""
        try:
            return self.qemu.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def close(self):
        self._end()
        shutil.rmtree(self.tmp, ignore_errors=True)

    # --- QEMU's monitor ---------------------------------------------------------

    def qmp(self, command, **arguments):
        self.qmp_file.write(json.dumps({'execute': command, 'arguments': arguments}) + '\n')
        self.qmp_file.flush()
        while True:
            line = self.qmp_file.readline()
            if not line:
                raise Closed('QEMU ended: ' + self._qemu_says())
            answer = json.loads(line)
            if 'return' in answer:
                return answer['return']
            if 'error' in answer:
                raise LabError(f'{command}: {answer["error"]["desc"]}')

    def _mapped_ram(self):
        self.qmp('migrate-set-capabilities',
                 capabilities=[{'capability': 'mapped-ram', 'state': True}])

    def _migrated(self):
        while True:
            status = self.qmp('query-migrate').get('status')
            if status == 'completed':
                return
            if status in ('failed', 'cancelled'):
                raise LabError(f'migration {status}: {self._qemu_says()}')
            time.sleep(0.01)

    def save(self, disk, memory):
        """Freeze: this machine ends, any number can continue from these files."""
        self.qmp('stop')
        self._mapped_ram()
        self.qmp('migrate-set-parameters', **{'max-bandwidth': 0})
        self.qmp('migrate', uri=f'file:{memory}')
        self._migrated()
        self.qmp('quit')
        self.qemu.wait()
        shutil.copyfile(self.disk, disk)

    def keep(self):
        """Freeze: this machine ends, and back() continues from here, however often.
        In a new QEMU each time: in the same one the clock would not go back."""
        try:
            self.save(f'{self.tmp}/kept.qcow2', f'{self.tmp}/kept.memory')
        except (LabError, OSError) as e:
            raise Closed(f'the guest cannot be kept: {e}') from e

    def back(self):
        self._end()
        try:
            self._begin(f'{self.tmp}/kept.qcow2', f'{self.tmp}/kept.memory')
        except (LabError, OSError) as e:
            raise Closed(f'the guest cannot be brought back: {e}') from e

    def boot_grub(self):
        """Power off, and on again with GRUB, and with the same disk."""
        self.qmp('quit')
        self.qemu.wait()
        before = f'{self.disk}.{secrets.token_hex(4)}'
        os.rename(self.disk, before)
        self.grub = True
        self._begin(before, None)

    # --- the root shell -----------------------------------------------------------

    def _fill(self, end):
        """Wait for something from the shell; serve the guest's requests meanwhile."""
        left = end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        ready, _, _ = select.select([self.shell, self.port], [], [], left)
        if self.port in ready:
            data = self.port.recv(4096)
            if not data:
                raise Closed('QEMU ended: ' + self._qemu_says())
            self.requests += data
            while b'\n' in self.requests:
                line, self.requests = self.requests.split(b'\n', 1)
                answer = self.handler(line.decode()) if self.handler else 'error: nobody listens'
                if answer:
                    self.port.sendall(answer.encode() + b'\n')
        if self.shell in ready:
            data = self.shell.recv(65536)
            if not data:
                raise Closed('QEMU ended: ' + self._qemu_says())
            self.buffer += data

    def wait_ready(self, seconds):
        """Until the guest's shell says that it is there."""
        end = time.monotonic() + seconds
        while b'LAB-READY' not in self.buffer:
            self._fill(end)
        self.buffer = b''

    def run(self, command, seconds=60):
        """A command's exit status and output.  Its time is over at self.end."""
        tag = secrets.token_hex(8)
        self.shell.sendall(f'{{ {command}\n}} </dev/null 2>&1; '
                           f'printf "\\nLAB-""{tag}=%d=\\n" $?\n'.encode())
        done = re.compile(rb'\nLAB-' + tag.encode() + rb'=(\d+)=\r?\n')
        self.end = time.monotonic() + seconds
        while True:
            found = done.search(self.buffer)
            if found:
                out = self.buffer[:found.start()]
                self.buffer = self.buffer[found.end():]
                return int(found[1]), out.decode(errors='replace')
            if b'LAB-READY' in self.buffer:
                raise Rebooted
            self._fill(self.end)
