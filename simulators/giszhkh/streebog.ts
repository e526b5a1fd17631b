/** GOST R 34.11-2012 with 256 and 512 bits (Стрибог), by RFC 6986; octets as `openssl dgst -md_gost12_256` gives them. */

/** Substitution. */
const PI = Buffer.from(
  'fceedd11cf6e3116fbc4fada23c5044de977f0db932e99ba1736f1bb14cd5fc1f918655ae25cef21811c3c428b018e4f' +
    '058402aee36a8fa0060bed987fd4d31feb342c51eac848abf22a68a2fd3aceccb5700e56080c7612bf7213479cb75d87' +
    '15a19629107b9ac7f391786f9d9eb2b13275193dff358a7e6d54c680c3bd0d57dff524a93ea843c9d779d6f67c22b903' +
    'e00fecde7a94b0bcdce828504e330a4aa79760731e0062441ab83882649f2641ad454692275e552f8ca3a57d69d5953b' +
    '0758b34086ac1df730376be488d9e789e11b83494c3ff8fe8d53aa90cad88561207167a42d2b095bcb9b25d0bee56c52' +
    '59a674d2e6f4b4c0d166afc2394b63b6',
  'hex',
);
/** Rows of the linear transformation, 64 of 64 bits, big-endian. */
const ROWS = Buffer.from(
  '8e20faa72ba0b47047107ddd9b505a38ad08b0e0c3282d1cd8045870ef14980e6c022c38f90a4c073601161cf205268d' +
    '1b8e0b0e798c13c883478b07b2468764a011d380818e8f405086e740ce47c9202843fd2067adea1014aff010bdd87508' +
    '0ad97808d06cb40405e23c0468365a028c711e02341b2d0146b60f011a83988e90dab52a387ae76f486dd4151c3dfdb9' +
    '24b86a840e90f0d2125c354207487869092e94218d243cba8a174a9ec8121e5d4585254f64090fa0accc9ca9328a8950' +
    '9d4df05d5f661451c0a878a0a1330aa660543c50de970553302a1e286fc58ca718150f14b9ec46dd0c84890ad27623e0' +
    '0642ca05693b9f700321658cba93c13886275df09ce8aaa8439da0784e745554afc0503c273aa42ad960281e9d1d5215' +
    'e230140fc080298471180a8960409a42b60c05ca30204d215b068c651810a89e456c34887a3805b9ac361a443d1c8cd2' +
    '561b0d22900e46692b838811480723ba9bcf4486248d9f5dc3e9224312c8c1a0effa11af0964ee50f97d86d98a327728' +
    'e4fa2054a80b329c727d102a548b194e39b008152acb82279258048415eb419d492c024284fbaec0aa16012142f35760' +
    '550b8e9e21f7a530a48b474f9ef5dc1870a6a56e2440598e3853dc371220a2471ca76e95091051ad0edd37c48a08a6d8' +
    '07e095624504536c8d70c431ac02a736c83862965601dd1b641c314b2b8ee083',
  'hex',
);
/** Keys of the twelve rounds, lowest byte first. */
const ROUND_KEYS = [
  '0745a6f2596580dd234d74cc3674760515d360a4082a42a20169679291e07c4bfcc485758db84e7116d0452e43766a2f1f7c65c0812fcbebe9daca1eda5b08b1',
  'b79bb121700479e656cdcbd71ba2dd55caa70adbc261b55c5899d6126b17b59a3101b5160f5ed561982b230a72eafef3d7b5700f469de34f1a2f9da98ab5a36f',
  'b20aba0af5961e9931db7a8643f4b6c209db6260373ac9c1b19e3590e40fe2d37b7b29b11475eaf28b1f9c525f5ef10635843d6a28fc390ac72fce2bacdc74f5',
  '2ed1e384bcbe0c22f137e893a1ea5334be0352933313b7d875d603ed822cd7a93f355e68ad1c729d7d3c5c337e858e48dde4715da0e148f9d26615e8b3df1fef',
  '57fe6c7cfd581760f563eaa97ea2567a161a2723b700ffdfa3f53a254717cdbfbdff0f80d7359e354a1086161f1c157f6323a96c0c413f9a994747adac6bea4b',
  '6e7d64467a4068fa354f903672c571bfb6c6bec2661ff20ab4b79a1cb7a6facfc68ef09ab49a7f186ca44251f9c4662dc039307a3bc3a46fd9d33a1daeae4fae',
  '93d4143a4d568688f34a3ca24c45173504054a2883694706372c822dc5ab9209c9937a19333e47d3c987bfe6c7c69e39540924bffe86ac51ecc5aaee160ec7f4',
  '1ee702bfd40d7fa4d9a8515935c2ac362fc4a5d12b8dd16990069b92cb2b89f49ac4db4d3b44b4891ede369c71f8b74e41416e0c02aae703a7c9934d425b1f9b',
  'db5a238351446172602a1fcb92dc380e549c07a69a8a2b7bb1ceb2db0b440a8084090de0b755d93c244289251b3a7d3ade5f16ecd89a4c949b223116545a8f37',
  'ed9c4598fbc7b474c3b63b15d1fa9836f452763b306c1e7a4b3369af0267e79f0361331b8ae1ff1fdb788aff1ce74189f3f3e4b248e52a38526f0580a6debeab',
  '1b2df381cda4ca6b5dd86fc04a59a2de986e477d1dcdbaefcab948eaef711d8a79668414218001206107abebbb6bfad894fe5a63cdc60230fb89c8efd09ecd7b',
  '20d71bf14a92bc48991bb2d9d517f4fa5228e188aaa41de786cc91189def805d9b9f2130d41220f8771ddfbc323ca4cd7ab14904b08013d2ba3116f167e78e37',
].map((hex) => words(Buffer.from(hex, 'hex')));

/** Substitution and linear transformation in one, by position of the byte: low and high halves. */
const LOW = new Uint32Array(8 * 256);
const HIGH = new Uint32Array(8 * 256);
for (let k = 0; k < 8; k++)
  for (let b = 0; b < 256; b++)
    for (let bit = 0; bit < 8; bit++)
      if (((PI[b] ?? 0) >> bit) & 1) {
        const row = 63 - (8 * k + bit);
        HIGH[k * 256 + b] = ((HIGH[k * 256 + b] ?? 0) ^ ROWS.readUInt32BE(8 * row)) >>> 0;
        LOW[k * 256 + b] = ((LOW[k * 256 + b] ?? 0) ^ ROWS.readUInt32BE(8 * row + 4)) >>> 0;
      }

/** 64 octets as 16 words, lowest first. */
function words(octets: Uint8Array): Uint32Array {
  const view = new DataView(octets.buffer, octets.byteOffset, 64);
  const out = new Uint32Array(16);
  for (let i = 0; i < 16; i++) out[i] = view.getUint32(4 * i, true);
  return out;
}

/** LPS of a xor b. */
function transformed(a: Uint32Array, b: Uint32Array): Uint32Array {
  const out = new Uint32Array(16);
  for (let i = 0; i < 8; i++) {
    let low = 0;
    let high = 0;
    const shift = 8 * (i & 3);
    for (let k = 0; k < 8; k++) {
      const word = 2 * k + (i >> 2);
      const at = k * 256 + ((((a[word] as number) ^ (b[word] as number)) >>> shift) & 255);
      low ^= LOW[at] as number;
      high ^= HIGH[at] as number;
    }
    out[2 * i] = low;
    out[2 * i + 1] = high;
  }
  return out;
}

function compress(n: Uint32Array, h: Uint32Array, m: Uint32Array): Uint32Array {
  let key = transformed(h, n);
  let state = m;
  for (const roundKey of ROUND_KEYS) {
    state = transformed(state, key);
    key = transformed(key, roundKey);
  }
  return state.map((v, i) => v ^ (key[i] ?? 0) ^ (h[i] ?? 0) ^ (m[i] ?? 0));
}

function addTo(sum: Uint32Array, other: Uint32Array): void {
  let carry = 0;
  for (let i = 0; i < 16; i++) {
    const value = (sum[i] ?? 0) + (other[i] ?? 0) + carry;
    sum[i] = value >>> 0;
    carry = value > 0xffffffff ? 1 : 0;
  }
}

/** Digest of 32 or 64 octets. */
export function streebog(data: Uint8Array, size: 256 | 512): Buffer {
  const zero = new Uint32Array(16);
  let h: Uint32Array = new Uint32Array(16).fill(size === 256 ? 0x01010101 : 0);
  const n = new Uint32Array(16);
  const sigma = new Uint32Array(16);
  const bits = new Uint32Array(16);
  let at = 0;
  for (; at + 64 <= data.length; at += 64) {
    const m = words(data.subarray(at, at + 64));
    h = compress(n, h, m);
    bits[0] = 512;
    addTo(n, bits);
    addTo(sigma, m);
  }
  const last = new Uint8Array(64);
  last.set(data.subarray(at));
  last[data.length - at] = 1;
  const m = words(last);
  h = compress(n, h, m);
  bits[0] = (data.length - at) * 8;
  addTo(n, bits);
  addTo(sigma, m);
  h = compress(zero, h, n);
  h = compress(zero, h, sigma);
  const out = Buffer.alloc(64);
  for (let i = 0; i < 16; i++) out.writeUInt32LE(h[i] ?? 0, 4 * i);
  return size === 256 ? out.subarray(32) : out;
}
