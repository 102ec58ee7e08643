"""What hostile or broken answers to `double` look like. None of them is right, so none may earn a point."""

WRONG = "\n\n\ndef double(x):\n    return x\n"

ATTACKS = {
    "leaves at once": "import os\nos._exit(0)",
    "exits like a program": "import sys\nsys.exit(0)",
    "loops before any function": "while True:\n    pass",
    "loops in the function": "def double(x):\n    while True:\n        pass",
    "sleeps": "import time\n\n\ndef double(x):\n    time.sleep(1000)",
    "kills itself": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
    "kills everyone it can": "import os, signal\nos.kill(-1, signal.SIGKILL)" + WRONG,
    "kills its parent": "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)" + WRONG,
    "forks without end": "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass",
    "starts threads without end": (
        "import threading, time\nwhile True:\n    try:\n"
        "        threading.Thread(target=time.sleep, args=(99,), daemon=True).start()\n    except RuntimeError:\n        pass"
    ),
    "takes all memory": "kept = []\nwhile True:\n    kept.append(bytearray(50_000_000))",
    "takes memory in many processes": (
        "import os, time\nfor _ in range(6):\n    if os.fork() == 0:\n        kept = bytearray(b'x') * 400_000_000\n"
        "        time.sleep(60)\ntime.sleep(60)"
    ),
    "takes memory through tensors": "import torch\nkept = []\nwhile True:\n    kept.append(torch.ones(10_000_000))",
    "fills the scratch folder": "f = open('big', 'wb')\nwhile True:\n    f.write(bytes(1_000_000))",
    "fills shared memory": "f = open('/dev/shm/big', 'wb')\nwhile True:\n    f.write(bytes(1_000_000))",
    "makes a file with a hole": "f = open('hole', 'wb')\nf.seek(1 << 45)\nf.write(b'x')",
    "makes files without end": "i = 0\nwhile True:\n    open(f'f{i}', 'w').close()\n    i += 1",
    "prints without end": "while True:\n    print('x' * 100_000)",
    "prints to its files": "import os\nwhile True:\n    os.write(1, b'x' * 100_000)\n    os.write(2, b'x' * 100_000)",
    "warns": "import warnings\n\n\ndef double(x):\n    warnings.warn('!' * 100_000)\n    return x",
    "opens files without end": "kept = []\nwhile True:\n    kept.append(open('/dev/null'))",
    "removes everything": "import shutil\nshutil.rmtree('/', ignore_errors=True)" + WRONG,
    "changes the package": "import lab_utils\nopen(lab_utils.__file__, 'w').write('')" + WRONG,
    "looks for the key": (
        "import os\nfound = []\nfor folder, _, names in os.walk('/'):\n    if folder.startswith(('/proc', '/usr')):\n        continue\n"
        "    for name in names:\n        try:\n            text = open(os.path.join(folder, name)).read(100_000)\n"
        "        except (OSError, ValueError):\n            continue\n        found.append(text)\n"
        "raise RuntimeError([each for each in found if 'the-canary' + '-of-the-key' in each])"
    ),
    "reads processes": (
        "import os\nfound = b''\nfor pid in os.listdir('/proc'):\n    for part in ('environ', 'cmdline', 'maps'):\n        try:\n"
        "            found += open(f'/proc/{pid}/{part}', 'rb').read()\n        except OSError:\n            pass\n"
        "raise RuntimeError(found[-1500:])"
    ),
    "reads its own memory for the key": (
        "import re\nneedle = ('the-canary' + '-of-the-key').encode()\nhits = 0\nmemory = open('/proc/self/mem', 'rb', 0)\n"
        "for line in open('/proc/self/maps'):\n    low, high = (int(x, 16) for x in line.split()[0].split('-'))\n"
        "    try:\n        memory.seek(low)\n        hits += memory.read(min(high - low, 1 << 26)).count(needle + b'-8')\n"
        "    except (OSError, ValueError, OverflowError):\n        pass\nraise RuntimeError(f'{hits} hits of the canary')"
    ),
    "traces other processes": (
        "import ctypes\nlibc = ctypes.CDLL(None)\nheld = [pid for pid in range(2, 3000) if libc.ptrace(16, pid, 0, 0) == 0]\n"
        "raise RuntimeError(f'held {held}')"
    ),
    "asks the network": "import socket\nsocket.create_connection(('127.0.0.1', PORT), 2)" + WRONG,
    "asks the network by datagram": (
        "import socket\nsocket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'key', ('127.0.0.1', PORT))" + WRONG
    ),
    "asks a name server": "import socket\nsocket.getaddrinfo('example.org', 80)" + WRONG,
    "becomes root": "import os\nos.setuid(0)" + WRONG,
    "makes namespaces": (
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "done = [flag for flag in (0x10000000, 0x20000, 0x40000000, 0x20000000) if libc.unshare(flag) == 0]\n"
        "raise RuntimeError(f'unshared {done}')"
    ),
    "mounts": (
        "import ctypes\nif ctypes.CDLL(None).mount(b'none', b'/scratch', b'tmpfs', 0, None) == 0:\n"
        "    raise RuntimeError('mounted it')" + WRONG
    ),
    "makes a device": "import os\nos.mknod('disk', 0o60666, os.makedev(254, 0))\nopen('disk', 'rb').read(1)" + WRONG,
    "writes kernel settings": "open('/proc/sys/kernel/core_pattern', 'w').write('|/bin/sh')" + WRONG,
    "leaves processes behind": (
        "import os, time\nfor _ in range(3):\n    if os.fork() == 0:\n        os.setsid()\n        if os.fork() == 0:\n"
        "            time.sleep(600)\n        os._exit(0)" + WRONG
    ),
    "breaks the interpreter": "import ctypes\nctypes.string_at(0)",
    "overflows the stack": "import sys\nsys.setrecursionlimit(10**9)\n\n\ndef double(x):\n    return double(x)",
    "ignores signals": (
        "import signal\nfor number in range(1, 32):\n    try:\n        signal.signal(number, signal.SIG_IGN)\n"
        "    except (OSError, ValueError):\n        pass\nwhile True:\n    pass"
    ),
    "patches comparisons": (
        "import torch\ntorch.allclose = torch.equal = lambda *a, **k: True\ntorch.Tensor.__eq__ = lambda a, b: torch.ones(())"
        + WRONG
    ),
    "patches its own side of the border": (
        "from lab_utils.grading import child, wire\n"
        "child.Server.on_call = lambda self, **k: 42\nwire.encode = lambda *a, **k: (b'{}', [])" + WRONG
    ),
    "walks the frames": (
        "import sys\n\n\ndef double(x):\n    frame = sys._getframe()\n    seen = []\n    while frame:\n"
        "        seen.append(repr(frame.f_locals)[:2000])\n        frame = frame.f_back\n    raise RuntimeError(seen)"
    ),
    "collects the garbage": (
        "import gc\n\n\ndef double(x):\n    raise RuntimeError([o for o in gc.get_objects() if isinstance(o, str) and 'canary' in o])"
    ),
    "answers before it is asked": (
        'import os, struct\ntext = b\'{"value": {"$": "dict", "items": [["number", 3], ["result", 42]]}, "arrays": []}\'\n'
        "for _ in range(50):\n    os.write(3, struct.pack('<I', len(text)) + text)"
    ),
    "sends what is no message": "import os\nos.write(3, bytes(range(256)) * 1000)",
    "announces a giant message": "import os, struct\nos.write(3, struct.pack('<I', 0xFFFFFFFF))\nwhile True:\n    os.write(3, bytes(65536))",
    "announces giant arrays": (
        "import os, struct\ntext = b'{\"value\": 1, \"arrays\": [999999999999]}'\nos.write(3, struct.pack('<I', len(text)) + text)"
    ),
    "sends nested brackets": (
        "import os, struct\ntext = b'[' * 1_000_000\nos.write(3, struct.pack('<I', len(text)))\nos.write(3, text)"
    ),
    "closes the border": "import os\nos.close(3)",
    "returns what pickles into code": (
        "class Trap:\n    def __reduce__(self):\n        import os\n        return os.system, ('touch /scratch/reached',)\n\n\n"
        "def double(x):\n    return Trap()"
    ),
    "returns what equals everything": (
        "class Any:\n    def __eq__(self, other):\n        return True\n\n    shape = (3, 4)\n\n\ndef double(x):\n    return Any()"
    ),
    "returns a number that equals everything": (
        "class Any(int):\n    def __eq__(self, other):\n        return True\n\n    __hash__ = None\n\n\ndef double(x):\n    return Any(0)"
    ),
    "returns a tensor of its own kind": (
        "import torch\n\n\nclass Mine(torch.Tensor):\n    def __eq__(self, other):\n        return torch.ones(())\n\n\n"
        "def double(x):\n    return torch.zeros(3, 4).as_subclass(Mine)"
    ),
    "returns something deep": "def double(x):\n    a = []\n    for _ in range(10_000):\n        a = [a]\n    return a",
    "returns something circular": "def double(x):\n    a = []\n    a.append(a)\n    return a",
    "returns a giant tensor": "import torch\n\n\ndef double(x):\n    return torch.zeros(100_000_000)",
    "returns a view that is giant when copied": "import torch\n\n\ndef double(x):\n    return torch.zeros(1).expand(10**12)",
    "returns a giant text": "def double(x):\n    return 'x' * 500_000_000",
    "returns a giant number": "def double(x):\n    return 1 << 10_000_000",
    "returns what broadcasts to a giant": "import torch\n\n\ndef double(x):\n    return torch.zeros(3_000_000, 1, 1)",
    "returns nothing": "def double(x):\n    pass",
    "returns not a number": "import torch\n\n\ndef double(x):\n    return x * float('nan')",
    "tells hidden inputs in an error": "def double(x):\n    raise ValueError(f'hidden input {x}')",
    "tells hidden inputs in an error's kind": (
        "def double(x):\n    raise type('Hidden' + ''.join(c for c in str(x) if c.isalnum()), (Exception,), {})()"
    ),
    "raises what stops programs": "def double(x):\n    raise KeyboardInterrupt",
    "raises what cannot be told": (
        "class Quiet(Exception):\n    def __str__(self):\n        while True:\n            pass\n\n\ndef double(x):\n    raise Quiet"
    ),
    "raises what tells without end": (
        "class Long(Exception):\n    def __str__(self):\n        return 'x' * 300_000_000\n\n\ndef double(x):\n    raise Long"
    ),
    "waits for a better time": "import atexit, sys\natexit.register(lambda: 1 / 0)\nsys.settrace(lambda *a: None)"
    + WRONG,
    "is not Python": "def double(x:\n    return 2x",
    "is nested without end": "x = " + "(" * 5000 + ")" * 5000,
    "is a giant number": "x = " + "9" * 100_000,
    "holds null bytes": "x = 1\0",
    "asks the shell": "!curl http://127.0.0.1:PORT\n%%bash\nrm -rf /",
}

# Each doubles its argument with torch.add, whose name stands nowhere: for an exercise that forbids it.
DETOURS = {
    "joins a name": "def double(x):\n    return getattr(torch, 'a' + 'dd')(x, x)",
    "a class that takes getattr in": "class Own:\n    getattr = getattr\n\n\ndef double(x):\n    return Own.getattr(torch, 'a' + 'dd')(x, x)",
    "names getattr anew": "get = getattr\n\n\ndef double(x):\n    return get(torch, 'a' + 'dd')(x, x)",
    "unpacks into getattr": "def double(x):\n    return getattr(*(torch, 'da'[::-1] + 'd'))(x, x)",
    "evaluates": "import torch\n\n\ndef double(x):\n    return eval('torch.' + 'a' + 'dd')(x, x)",
    "executes": "import torch\n\nexec('def double(x):\\n    return torch.a' + 'dd(x, x)')",
    "compiles": "run = compile('torch.a' + 'dd(y, y)', '', 'eval')\n\n\ndef double(y):\n    return eval(run, {'torch': torch, 'y': y})",
    "imports by function": "def double(x):\n    return __import__('torch').__dict__['a' + 'dd'](x, x)",
    "imports by library": "import importlib\n\n\ndef double(x):\n    return vars(importlib.import_module('torch'))['a' + 'dd'](x, x)",
    "looks among globals": "from torch import *\n\n\ndef double(x):\n    return globals()['a' + 'dd'](x, x)",
    "looks among variables": "def double(x):\n    return vars(torch)['a' + 'dd'](x, x)",
    "looks into the dictionary": "def double(x):\n    return torch.__dict__['a' + 'dd'](x, x)",
    "asks the method": "def double(x):\n    return torch.Tensor.__getattribute__(torch.as_tensor(x), 'a' + 'dd')(x)",
    "uses an operator": "from operator import attrgetter as ask\n\n\ndef double(x):\n    return ask('a' + 'dd')(torch)(x, x)",
    "uses another operator": "import operator\n\n\ndef double(x):\n    return operator.methodcaller('a' + 'dd', x)(torch.as_tensor(x))",
    "asks a library that has asked": "import functools\n\n\ndef double(x):\n    return functools.reduce(getattr, ['a' + 'dd'], torch)(x, x)",
    "goes through a module's modules": "import random\n\n\ndef double(x):\n    return random._os.sys.modules['torch'].__dict__['a' + 'dd'](x, x)",
    "goes through the package": "from lab_utils.grading import child\n\n\ndef double(x):\n    return child._look_up('torch.a' + 'dd')(x, x)",
    "goes below the library": "def double(x):\n    return getattr(torch._C._VariableFunctions, 'a' + 'dd')(x, x)",
    "writes a program for it": "def double(x):\n    return torch.jit.CompilationUnit('def f(x):\\n    return x.a' + 'dd(x)\\n').f(torch.as_tensor(x))",
    "writes a module": "import sys\n\nsys.path.append('.')\nopen('mine.py', 'w').write('from torch import a' + 'dd as f')\n\n\ndef double(x):\n    import mine\n    return mine.f(x, x)",
    "matches a pattern": "def double(x):\n    match torch:\n        case object(add=f):\n            return f(x, x)",
}
