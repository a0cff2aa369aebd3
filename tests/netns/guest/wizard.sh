# SPDX-License-Identifier: LGPL-2.1-or-later
# The wizard at a terminal of a host whose NetworkManager runs: its defaults are
# what runs, and it comes to its last page with a plan.
# shellcheck shell=bash
. /test/guest/functions.sh
start_nm
cat >p.yaml <<'Y'
sprout: 1
network:
  - name: uplink
    type: ethernet
    device: eth0
    ipv4: {method: static, addresses: [192.0.2.10/24], gateway: 192.0.2.1, dns: [192.0.2.53]}
    ipv6: {method: disabled}
Y
expect 0 sprout apply --no-confirm p.yaml
cat >sit.py <<'P'
import os, pty, re, select, sys, time
ANSWERS = [('Host name [', 'vd01.example.com'), ('[en]', 'en'), ('[security]', 'none'),
           ('[enforcing]', 'keep'), ('[enabled]', 'keep'), ('Pools [', '-'),
           ('Packages [', '-'), ('Name [', '-')]
pid, tty = pty.fork()
if pid == 0:
    os.environ.update(LANGUAGE='en', TERM='dumb')
    os.execvp('sprout', ['sprout', 'wizard', '--output', 'w.yaml'])
text, prompt, end = '', '', time.monotonic() + 60
while 'Look before you leap' not in text:
    if not select.select([tty], [], [], max(0, end - time.monotonic()))[0]:
        sys.exit(f'{text}\n(no more comes)')
    new = os.read(tty, 65536).decode(errors='replace')
    text, prompt = text + new, prompt + new
    if re.search(r'(\]|Password): $', prompt):
        last = prompt.splitlines()[-1]
        os.write(tty, (next((a for p, a in ANSWERS if p in last), '') + '\n').encode())
        prompt = ''
while 'word: ' not in prompt:
    new = os.read(tty, 65536).decode(errors='replace')
    text, prompt = text + new, prompt + new
print(text[text.index('Look before'):])
os.write(tty, b'!\n')
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
P
expect 1 python3 sit.py
says '-> vd01.example.com'
if grep connection out; then fail "the running connection is not the wizard's default"; fi
