"""Opens sealed bytes as docs/encryption.md describes them: decrypt.py KEY_BASE64 BOUND_TO < sealed > plain."""
import base64
import hashlib
import struct
import sys

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

CHUNK = 65_536

key, bound_to = base64.b64decode(sys.argv[1]), sys.argv[2].encode()
sealed = sys.stdin.buffer.read()
assert sealed[:8] == b"MLWE\x01\0\0\0"
salt, key_id = sealed[8:24], sealed[24:32]
assert key_id == hashlib.sha256(b"ml-worker encryption key\0" + key).digest()[:8]
data_key = AESGCM(key).decrypt(sealed[32:44], sealed[44:92], sealed[:32])
body = sealed[92:]
count = -(-len(body) // (CHUNK + 16))
for number in range(count):
    chunk = body[number * (CHUNK + 16) : (number + 1) * (CHUNK + 16)]
    nonce = salt[:7] + struct.pack(">IB", number, number == count - 1)
    sys.stdout.buffer.write(AESGCM(data_key).decrypt(nonce, chunk, bound_to))
