# SPDX-License-Identifier: LGPL-2.1-or-later
"""console.py - somebody who sits at a guest's serial console, 80 columns by 24
rows: a tmux that shows what comes, and sends what is typed.

    console.py SOCKET FILE  the line itself: run by tmux in its terminal; makes
                            the file once it is there
"""
import os
import select
import socket
import subprocess
import sys
import tempfile
import time
import tty


class Console:
    def __init__(self, line, folder):
        """@line: QEMU's socket; @folder: where tmux may keep its own.  Keys would be
        lost that are pressed before the line is there."""
        # The last one's server may still be on its way out.
        folder = tempfile.mkdtemp(prefix='tmux.', dir=folder)
        there = f'{folder}/there'
        self.tmux = ['tmux', '-S', f'{folder}/socket', '-f', '/dev/null', '-u']
        env = {k: v for k, v in os.environ.items() if not k.startswith('TMUX')}
        subprocess.run([*self.tmux, 'new-session', '-d', '-s', 'c', '-x', '80', '-y', '24',
                        sys.executable, '-B', __file__, line, there], check=True, env=env)
        end = time.monotonic() + 60
        while not os.path.exists(there):
            if time.monotonic() > end:
                raise OSError('nobody can sit at the console')
            time.sleep(0.05)

    def screen(self):
        r = subprocess.run([*self.tmux, 'capture-pane', '-p', '-t', 'c'], capture_output=True,
                           text=True, check=False)
        return r.stdout if r.returncode == 0 else r.stderr

    def see(self, text, seconds):
        """Wait until @text is on the screen; the last screen if it never is."""
        end = time.monotonic() + seconds
        while True:
            screen = self.screen()
            if text in screen:
                return None
            if time.monotonic() > end:
                return screen
            time.sleep(0.1)

    def press(self, keys):
        """@keys: texts, and tmux's names of keys."""
        subprocess.run([*self.tmux, 'send-keys', '-t', 'c', *keys], check=True)

    def close(self):
        """Go away: from now on nobody is at the other end of the line."""
        subprocess.run([*self.tmux, 'kill-server'], check=False, capture_output=True)


def line(path, there):
    tty.setraw(0)
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(path)
        with open(there, 'w', encoding='utf-8'):
            pass
        while True:
            ready, _, _ = select.select([0, s], [], [])
            for source in ready:
                data = os.read(0, 4096) if source == 0 else s.recv(4096)
                if not data:
                    return
                if source == 0:
                    s.sendall(data)
                else:
                    os.write(1, data)


if __name__ == '__main__':
    line(*sys.argv[1:])
