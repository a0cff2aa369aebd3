#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""lab.py - the tests of the QEMU lab; README.md beside this file explains it.

    lab.py save DIR                       boot DIR/root.img once and save it
    lab.py test DIR PAYLOAD [TEST...]     run tests/TEST.sh in machines of their
                                          own; results in TAP
    lab.py shell DIR PAYLOAD              a root shell in a machine of its own
"""
import concurrent.futures
import os
import struct
import subprocess
import sys
import tempfile
import threading
import time
import uuid
import zlib

from console import Console
from machine import Closed, LabError, Machine, Rebooted

HERE = os.path.dirname(os.path.abspath(__file__))
# Seconds; for two busy cores without KVM.
BOOT_LIMIT = 400
STAGE_LIMIT = 900
CAP = 400       # lines shown of a test that failed

# Run twice before the state is saved, so that what tests use is in the cache.
WARM_UP = '''
nm-online -s -q -t 60
for i in 1 2; do
	nmcli -t device; nmcli -t connection; ip -br addr; ip route; nft list ruleset
	ping -c 1 -W 1 192.0.2.1; ssh -V; systemctl --no-pager list-units; getenforce
	ip netns exec wire ssh -o StrictHostKeyChecking=no root@192.0.2.10 true
done >/dev/null 2>&1
rm -f /root/.ssh/known_hosts
sync
'''


def settle(machine):
    """Until systemd and NetworkManager have nothing more to start."""
    machine.run('timeout 240 systemctl is-system-running --wait; nm-online -s -q -t 120', 380)


class Media:
    """Images of sticks, made of folders."""

    @staticmethod
    def make(fs, label, folder, image):
        def call(*argv):
            r = subprocess.run(argv, capture_output=True, text=True, check=False)
            if r.returncode:
                raise LabError(f'{argv[0]}: {(r.stdout + r.stderr).strip()}')

        names = sorted(os.path.join(folder, n) for n in os.listdir(folder))
        if fs in ('iso9660', 'hybrid'):     # hybrid: with a partition that is the same
            both = ['-partition_offset', '16', '-iso_mbr_part_type', '0x83']
            call('xorriso', '-as', 'mkisofs', '-quiet', '-J', '-R', '-V', label,
                 *(both if fs == 'hybrid' else []), '-o', image, folder)
            return
        with open(image, 'wb') as f:
            f.truncate(40 << 20)
        if fs == 'vfat':
            call('mkfs.vfat', '-F', '32', '-n', label, image)
            if names:
                call('mcopy', '-s', '-i', image, *names, '::')
        elif fs == 'ext4':
            call('mkfs.ext4', '-q', '-F', '-L', label, '-d', folder, image)
        elif fs == 'exfat':     # nothing here can fill it
            call('mkfs.exfat', '-L', label, image)
        else:
            raise LabError(f'no file system "{fs}"; there are vfat, exfat, ext4, iso9660')

    @staticmethod
    def partition(table, image):
        """Put @image into the one partition of a disk with an "mbr" or a "gpt"."""
        sector, first = 512, 2048
        with open(image, 'rb') as f:
            content = f.read()
        count = -(-len(content) // sector)
        entry = struct.pack('<BBBBBBBBII', 0, 0, 2, 0, 0x0c if table == 'mbr' else 0xee,
                            255, 255, 255, first if table == 'mbr' else 1, count)
        disk = bytearray((first + count + 64) * sector)
        disk[446:462] = entry
        disk[510:512] = b'\x55\xaa'
        disk[first * sector:first * sector + len(content)] = content
        if table == 'gpt':
            last = len(disk) // sector - 1
            parts = struct.pack('<16s16sQQQ72s', uuid.UUID(
                'ebd0a0a2-b9e5-4433-87c0-68b6b72699c7').bytes_le, uuid.uuid4().bytes_le,
                first, first + count - 1, 0, 'VERDE'.encode('utf-16-le')).ljust(128 * 128, b'\0')
            guid = uuid.uuid4().bytes_le
            for here, other, table_at in ((1, last, 2), (last, 1, last - 32)):
                def header(crc, here=here, other=other, table_at=table_at):
                    return struct.pack('<8sIIIIQQQQ16sQIII', b'EFI PART', 0x10000, 92, crc, 0,
                                       here, other, 34, last - 34, guid, table_at, 128, 128,
                                       zlib.crc32(parts))
                disk[here * sector:here * sector + 92] = header(zlib.crc32(header(0)))
                disk[table_at * sector:table_at * sector + len(parts)] = parts
        with open(image, 'wb') as f:
            f.write(disk)


class Skipped(Exception):
    """A test says that it cannot run here."""


class Test:
    """One test: a script in the guest, called again with the next stage after
    each boot that it asked for."""

    def __init__(self, lab, payload, name):
        self.lab, self.payload, self.name = lab, payload, name
        self.machine = None
        self.disk = None        # a temporary folder with a disk of the test's own
        self.console = None
        self.stage = 1
        self.expected = None    # the stage after the next boot
        self.early = None
        self.turns = []
        self.text = []
        self.seconds = 0
        self.crashed = False    # QEMU ended by itself
        self.slow = set()       # sticks

    # What the guest may ask for: see functions.sh.
    def ask(self, line):
        words = line.split()
        try:
            answer = getattr(self, 'ask_' + words[0])(*words[1:])
            return 'ok' if answer is None else answer
        except (AttributeError, IndexError, TypeError):
            return f'error: not understood: {line}'
        except (LabError, OSError) as e:
            return f'error: {e}'.replace('\n', ' ')

    def ask_stage(self, number, early=None):
        """The next boot is wanted; go on with that stage, when everything has
        started, or, "early", as soon as there is a shell."""
        self.expected, self.early = int(number), early

    def ask_turns(self, *words):
        """From here on, once with each word; "again" brings the guest back to this
        moment for the next one.  Each turn has the time of a stage."""
        self.turns = list(words)
        self.stand_up()
        self.machine.keep()
        return self.ask_again()

    def ask_again(self):
        if not self.turns:
            return 'ok'
        self.stand_up()
        self.machine.back()
        self.machine.end = time.monotonic() + STAGE_LIMIT
        return f'ok {self.turns.pop(0)}'

    def ask_reset(self):
        """Power off and on."""
        self.machine.qmp('system_reset')

    def ask_grub(self):
        """Power off and on, but with GRUB.  Nobody is there to be answered."""
        try:
            self.machine.boot_grub()
        except (LabError, OSError) as e:
            raise Closed(f'the guest cannot be booted: {e}') from e
        return ''

    def ask_cable(self, nic, state):
        """Plug in or pull out a network cable: on, off."""
        self.machine.qmp('set_link', name=nic, up=state == 'on')

    def ask_plug(self, fs, label, folder, table='-', rate='0'):
        """A USB stick with the files of a folder below tests/lab, or, "fx/...", of
        tests/pkg/fixture; table: mbr, gpt, or - for none; rate: bytes a second."""
        m = self.machine
        m.plugged = (m.plugged or 0) + 1
        name = f'stick{m.plugged}'
        image = f'{m.tmp}/{name}'
        if folder.startswith('fx/'):
            folder = os.path.join(os.environ.get('FX', '/nonexistent'), folder[3:])
        Media.make(fs, label, os.path.join(HERE, folder), image)
        if table != '-':
            Media.partition(table, image)
        node = {'driver': 'raw', 'node-name': name,
                'file': {'driver': 'file', 'filename': image}}
        if int(rate):
            self.slow.add(name)
            m.qmp('object-add', **{'qom-type': 'throttle-group', 'id': f't-{name}',
                                   'limits': {'bps-read': int(rate)}})
            node['node-name'] = f'fast-{name}'
            node = {'driver': 'throttle', 'node-name': name, 'throttle-group': f't-{name}',
                    'file': node}
        m.qmp('blockdev-add', **node)
        m.qmp('device_add', driver='usb-storage', bus='usb.0', id=name, drive=name,
              removable=True)

    def ask_replug(self, number):
        """That one again, with what was written to it."""
        name = f'stick{number}'
        self.machine.qmp('device_add', driver='usb-storage', bus='usb.0', id=name, drive=name,
                         removable=True)

    def ask_unplug(self, number=None):
        """The last one, or that one.  QEMU crashes when a transfer of the stick is
        still to come to its end; those of a slow one get the time for it."""
        m = self.machine
        name = f'stick{number or m.plugged}'
        slow = name in self.slow
        if slow:
            m.qmp('stop')
            m.qmp('qom-set', path=f'/objects/t-{name}', property='limits',
                  value={'bps-read': 0})
            time.sleep(2)
        m.qmp('device_del', id=name)
        if slow:
            m.qmp('cont')

    def ask_sit(self):
        """Sit down at the console, or leave it: see console.py."""
        self.stand_up()
        self.console = Console(f'{self.machine.tmp}/ttyS0', self.machine.tmp)

    def ask_stand(self):
        self.stand_up()

    def stand_up(self):
        if self.console:
            self.console.close()
        self.console = None

    def ask_see(self, seconds, *text):
        """Wait for a text on the console's screen."""
        shown = self.console.see(' '.join(text), int(seconds))
        if shown is not None:
            self.text += ['--- the screen', *shown.rstrip().splitlines()]
            raise LabError('it is not to be seen')

    def ask_press(self, *keys):
        """Keys at the console, as tmux send-keys has them."""
        self.console.press(keys)

    def begin(self):
        """A guest that has booted; or the first boot of the disk that
        tests/NAME.disk makes."""
        maker = f'{HERE}/tests/{self.name}.disk'
        if not os.path.exists(maker):
            self.machine = Machine(self.lab, f'{self.lab}/ready.qcow2',
                                   f'{self.lab}/ready.memory', self.payload)
            self.machine.handler = self.ask
            self.prepare()
            return
        self.disk = tempfile.TemporaryDirectory(prefix='sprout-disk.', dir='/var/tmp')
        image = f'{self.disk.name}/root.img'
        r = subprocess.run([maker, f'{self.lab}/root.img', self.payload, image], check=False,
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, text=True)
        self.text += r.stdout.splitlines()
        if r.returncode == 77:
            raise Skipped
        if r.returncode:
            raise LabError(f'{self.name}.disk: exit status {r.returncode}')
        self.machine = Machine(self.lab, image)
        self.machine.handler = self.ask
        self.machine.wait_ready(BOOT_LIMIT)

    def prepare(self):
        m = self.machine
        for command in (f'date -s @{int(time.time())}',
                        'blockdev --flushbufs /dev/vdb && tar -C / -xf /dev/vdb && '
                        'restorecon -R /usr/local /lab && sync'):
            status, out = m.run(command, STAGE_LIMIT)
            if status:
                raise LabError(f'cannot prepare the guest: {out}')

    def run(self):
        """The TAP result: (ok, directive).  A QEMU that crashes gets another chance:
        some do when a stick is pulled out in the middle of a transfer."""
        result = self.attempt()
        last = self
        for _ in range(3):
            if not last.crashed:
                break
            last = Test(self.lab, self.payload, self.name)
            result = last.attempt()
            self.text += ['--- once more', *last.text]
            self.seconds += last.seconds
        return result

    def attempt(self):
        began = time.monotonic()
        try:
            self.begin()
            return self.stages()
        except Skipped:
            why = [t[6:] for t in self.text if t.startswith('SKIP: ')]
            return True, f' # SKIP {why[-1] if why else "no reason given"}'
        except TimeoutError:
            self.text.append('the guest does not answer in time')
            self.guest_says()
            return False, ''
        except (LabError, Closed, Rebooted, OSError) as e:
            self.crashed = bool(self.machine) and self.machine.status(1) is not None
            self.text.append(f'{type(e).__name__}: {e}')
            return False, ''
        finally:
            self.stand_up()
            if self.machine:
                self.machine.close()
            if self.disk:
                self.disk.cleanup()
            self.seconds = time.monotonic() - began

    def stages(self):
        m = self.machine
        while True:
            try:
                status, out = m.run(f'setsid -w bash /lab/run {self.name} {self.stage}',
                                    STAGE_LIMIT)
                self.text += out.splitlines()
            except Rebooted:
                if self.expected is None:
                    self.text.append('the guest booted by itself')
                    self.guest_says()
                    return False, ''
                self.text += m.buffer.decode(errors='replace').splitlines()
                m.buffer = b''
                self.stage, self.expected = self.expected, None
                if not self.early:
                    settle(m)
                continue
            except TimeoutError:
                if self.expected is not None:
                    self.text.append('the guest did not come up again')
                self.text += m.buffer.decode(errors='replace').splitlines()
                self.text.append(f'not done after {STAGE_LIMIT} s, stage {self.stage}')
                self.guest_says()
                return False, ''
            if status == 0:
                return True, ''
            if status == 77:
                raise Skipped
            self.text.append(f'exit status {status}, stage {self.stage}')
            self.guest_says()
            return False, ''

    def guest_says(self):
        """Console and journal of a guest whose test failed."""
        with open(self.machine.console, errors='replace') as f:
            self.text.append('--- console')
            self.text += f.read().splitlines()[-40:]
        try:
            self.machine.buffer = b''
            _, out = self.machine.run('journalctl -b --no-pager -o short-monotonic | '
                                      'tail -n 80', 30)
            self.text.append('--- journal')
            self.text += out.splitlines()
        except (LabError, Closed, TimeoutError, Rebooted, OSError):
            self.text.append('(the guest does not answer)')


def save(lab):
    m = Machine(lab, f'{lab}/root.img')
    try:
        m.wait_ready(BOOT_LIMIT)
        settle(m)
        m.run(WARM_UP, BOOT_LIMIT)
        m.save(f'{lab}/ready.qcow2', f'{lab}/ready.memory')
    except TimeoutError:
        with open(m.console, errors='replace') as f:
            sys.stderr.write(f.read()[-4000:])
        raise LabError(f'the image did not boot in {BOOT_LIMIT} s') from None
    finally:
        m.close()


def names():
    return sorted(n[:-3] for n in os.listdir(f'{HERE}/tests') if n.endswith('.sh'))


def test(lab, payload, wanted):
    wanted = wanted or names()
    for name in wanted:
        if name not in names():
            raise LabError(f'no test "{name}"; there are: {" ".join(names())}')
    lock = threading.Lock()
    results = []

    def one(name):
        t = Test(lab, payload, name)
        ok, directive = t.run()
        with lock:
            results.append(ok)
            if not ok:
                for line in t.text[-CAP:]:
                    print('# ' + line)
            print(f'{"ok" if ok else "not ok"} {len(results)} - lab: {name}'
                  f'{directive or f" ({t.seconds:.0f} s)"}', flush=True)

    print(f'1..{len(wanted)}', flush=True)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for future in [pool.submit(one, name) for name in wanted]:
            future.result()
    return 0 if all(results) else 1


def shell(lab, payload):
    t = Test(lab, payload, '')
    t.machine = Machine(lab, f'{lab}/ready.qcow2', f'{lab}/ready.memory', payload)
    try:
        t.prepare()
        print('a guest of its own; what it changes is thrown away', file=sys.stderr)
        return subprocess.run(['ssh', '-q', '-t', '-i', f'{lab}/id', '-p', str(t.machine.ssh_port),
                               '-o', 'StrictHostKeyChecking=no',
                               '-o', 'UserKnownHostsFile=/dev/null', 'root@127.0.0.1'],
                              check=False).returncode
    finally:
        t.machine.close()


def main(argv):
    try:
        if argv[:1] == ['save'] and len(argv) == 2:
            save(argv[1])
            return 0
        if argv[:1] == ['test'] and len(argv) >= 3:
            return test(argv[1], argv[2], argv[3:])
        if argv[:1] == ['shell'] and len(argv) == 3:
            return shell(argv[1], argv[2])
    except (LabError, Closed) as e:
        print(f'lab.py: {e}', file=sys.stderr)
        return 1
    print(__doc__, file=sys.stderr)
    return 64


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
