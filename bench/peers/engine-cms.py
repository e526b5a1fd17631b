"""gost-engine inside one process: CAdES-BES made and verified through libcrypto, without starting anything for each.

    OPENSSL_CONF=... engine-cms.py BITS KEY CERTIFICATE DOCUMENT

Answers each line `sign MS` or `verify MS` of its input with the calls a second over that long, one after the other.
"""
import ctypes
import ctypes.util
import sys
import time

bits, key_file, certificate_file, document_file = sys.argv[1:]
crypto = ctypes.CDLL(ctypes.util.find_library("crypto") or "libcrypto.so.3")
DETACHED, BINARY, PARTIAL, CADES = 0x40, 0x80, 0x4000, 0x100000
LOAD_CONFIG = 0x40


def function(name, result, *arguments):
    found = getattr(crypto, name)
    found.restype, found.argtypes = result, arguments
    return found


P, I, U = ctypes.c_void_p, ctypes.c_int, ctypes.c_uint
OPENSSL_init_crypto = function("OPENSSL_init_crypto", I, ctypes.c_uint64, P)
ERR_error_string_n = function("ERR_error_string_n", None, ctypes.c_ulong, ctypes.c_char_p, ctypes.c_size_t)
ERR_get_error = function("ERR_get_error", ctypes.c_ulong)
EVP_get_digestbyname = function("EVP_get_digestbyname", P, ctypes.c_char_p)
BIO_new_file = function("BIO_new_file", P, ctypes.c_char_p, ctypes.c_char_p)
BIO_new_mem_buf = function("BIO_new_mem_buf", P, ctypes.c_char_p, I)
BIO_free = function("BIO_free", I, P)
PEM_read_bio_PrivateKey = function("PEM_read_bio_PrivateKey", P, P, P, P, P)
PEM_read_bio_X509 = function("PEM_read_bio_X509", P, P, P, P, P)
X509_STORE_new = function("X509_STORE_new", P)
X509_STORE_add_cert = function("X509_STORE_add_cert", I, P, P)
X509_STORE_set_purpose = function("X509_STORE_set_purpose", I, P, I)
CMS_sign = function("CMS_sign", P, P, P, P, P, U)
CMS_add1_signer = function("CMS_add1_signer", P, P, P, P, P, U)
CMS_final = function("CMS_final", I, P, P, P, U)
CMS_verify = function("CMS_verify", I, P, P, P, P, P, U)
CMS_ContentInfo_free = function("CMS_ContentInfo_free", None, P)
i2d_CMS_ContentInfo = function("i2d_CMS_ContentInfo", I, P, ctypes.POINTER(P))
d2i_CMS_ContentInfo = function("d2i_CMS_ContentInfo", P, P, ctypes.POINTER(ctypes.c_char_p), ctypes.c_long)
CRYPTO_free = function("CRYPTO_free", None, P, ctypes.c_char_p, I)
ANY_PURPOSE = 7


def must(value):
    if not value:
        text = ctypes.create_string_buffer(256)
        ERR_error_string_n(ERR_get_error(), text, len(text))
        sys.exit("libcrypto: " + text.value.decode())
    return value


def read(file, reader):
    bio = must(BIO_new_file(file.encode(), b"r"))
    try:
        return must(reader(bio, None, None, None))
    finally:
        BIO_free(bio)


must(OPENSSL_init_crypto(LOAD_CONFIG, None))
key = read(key_file, PEM_read_bio_PrivateKey)
certificate = read(certificate_file, PEM_read_bio_X509)
digest = must(EVP_get_digestbyname(f"md_gost12_{bits}".encode()))
store = must(X509_STORE_new())
must(X509_STORE_add_cert(store, certificate))
must(X509_STORE_set_purpose(store, ANY_PURPOSE))
with open(document_file, "rb") as opened:
    document = opened.read()


def sign():
    bio = must(BIO_new_mem_buf(document, len(document)))
    cms = must(CMS_sign(None, None, None, None, DETACHED | BINARY | PARTIAL))
    must(CMS_add1_signer(cms, certificate, key, digest, CADES))
    must(CMS_final(cms, bio, None, DETACHED | BINARY))
    out = P()
    length = must(i2d_CMS_ContentInfo(cms, ctypes.byref(out)))
    der = ctypes.string_at(out, length)
    CRYPTO_free(out, b"", 0)
    CMS_ContentInfo_free(cms)
    BIO_free(bio)
    return der


made = sign()


def verify():
    at = ctypes.c_char_p(made)
    cms = must(d2i_CMS_ContentInfo(None, ctypes.byref(at), len(made)))
    bio = must(BIO_new_mem_buf(document, len(document)))
    must(CMS_verify(cms, None, store, bio, None, BINARY | CADES))
    CMS_ContentInfo_free(cms)
    BIO_free(bio)


verify()
for line in sys.stdin:
    act, milliseconds = line.split()
    work = {"sign": sign, "verify": verify}[act]
    began = time.perf_counter()
    calls = 0
    while (time.perf_counter() - began) * 1000 < float(milliseconds):
        work()
        calls += 1
    print(calls / (time.perf_counter() - began), flush=True)
