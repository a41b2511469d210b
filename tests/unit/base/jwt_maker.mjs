// jwt_maker.mjs TABLE FOLDER - makes the tokens of tests/cases/jwt_refusals.tsv and the JWKS they are checked with, with
// node's own cryptography and nothing of ours: FOLDER/jwt.tsv (reason, allowed, changes, token), FOLDER/jwks.json.
import { readFileSync, writeFileSync } from 'node:fs'
import { constants, createHmac, createSign, generateKeyPairSync, sign } from 'node:crypto'

const NOW = 1795434000
const [, , table, folder] = process.argv

const rsa = (bits, exponent = 65537) =>
  generateKeyPairSync('rsa', { modulusLength: bits, publicExponent: exponent })
const ec = (curve) => generateKeyPairSync('ec', { namedCurve: curve })
const keys = {
  rsa: rsa(2048),
  'rsa-only': rsa(2048),
  other: rsa(2048),
  small: rsa(1024),
  e3: rsa(2048, 3),
  encryption: rsa(2048),
  ec: ec('P-256'),
  p384: ec('P-384'),
}
const jwk = (name, more) => ({ ...keys[name].publicKey.export({ format: 'jwk' }), kid: name, ...more })
const published = [
  jwk('rsa', { use: 'sig' }),
  jwk('rsa-only', { alg: 'RS256', key_ops: ['verify'] }),
  jwk('small'),
  jwk('e3'),
  jwk('encryption', { use: 'enc' }),
  jwk('ec', { alg: 'ES256' }),
  jwk('p384'),
  { kty: 'oct', kid: 'secret', k: 'AAAA' },
  { kty: 'OKP', crv: 'Ed25519', kid: 'ed', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' },
  (({ kid, ...nameless }) => nameless)(jwk('rsa')),
]

const encode = (text) => Buffer.from(text).toString('base64url')

function signature(alg, key, message, options) {
  if (alg === 'none') return ''
  if (alg === 'HS256')
    return createHmac('sha256', key.publicKey.export({ type: 'spki', format: 'pem' })).update(message).digest('base64url')
  if (alg === 'ES256')
    return sign('sha256', Buffer.from(message), {
      key: key.privateKey,
      dsaEncoding: options.der ? 'der' : 'ieee-p1363',
    }).toString('base64url')
  if (alg === 'PS256')
    return sign('sha256', Buffer.from(message), {
      key: key.privateKey,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: options.salt ?? 32,
    }).toString('base64url')
  return createSign('sha256').update(message).sign(key.privateKey).toString('base64url')
}

// A last character that stands for the same bytes but that no encoder writes.
function oddTail(text) {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return text.slice(0, -1) + alphabet[alphabet.indexOf(text.at(-1)) + 1]
}

const value = (json) =>
  JSON.parse(
    json.replace(/NOW([+-]\d+)?/g, (_, by) => String(NOW + Number(by ?? 0))).replace('OTHER', JSON.stringify(jwk('other'))))
// Numbers that JSON.stringify would not give back as they are.
const numbers = { '1e30': '1e30', '9223372036854775807': '9223372036854775807' }

function make(changes) {
  const header = { alg: 'RS256', kid: 'rsa' }
  const claims = { iss: 'https://issuer.example/', aud: 'https://us.example', iat: NOW, exp: NOW + 120, sub: 'x' }
  const literal = {}
  let [alg, key, headers, whole, replace] = ['RS256', 'rsa']
  const options = {}
  for (const change of changes.split(' & ')) {
    const [word, name, ...more] = change.split(' ')
    const rest = more.join(' ')
    const all = change.slice(word.length + 1)
    if (word === 'alg') header.alg = alg = name
    else if (word === 'says') header.alg = name
    else if (word === 'key') header.kid = key = name
    else if (word === 'kid') header.kid = name
    else if (word === 'salt') options.salt = Number(name)
    else if (word === 'der') options.der = true
    else if (word === 'headers') headers = all
    else if (word === 'claims') whole = all
    else if (word === 'token') replace = all.split(' => ')
    else if (word === 'header' || word === 'claim') {
      const object = word === 'header' ? header : claims
      if (rest === '-') delete object[name]
      else if (rest in numbers) literal[(object[name] = `@${name}@`)] = rest
      else object[name] = value(rest)
    } else throw new Error(`${table}: what is "${change}"?`)
  }
  let text = whole ?? JSON.stringify(claims)
  for (const [mark, number] of Object.entries(literal)) text = text.replace(`"${mark}"`, number)
  const parts = [encode(headers ?? JSON.stringify(header)), encode(text)]
  parts.push(signature(alg, keys[key], parts.join('.'), options))
  if (!replace) return parts.join('.')
  return replace[1]
    .replace('TAILPART3', oddTail(parts[2]))
    .replace(/PART(\d)/g, (_, n) => parts[n - 1])
    .replace('\\n', '\n')
}

const escape = (text) => text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')
const lines = []
for (const line of readFileSync(table, 'utf8').split('\n')) {
  if (!line || line.startsWith('#')) continue
  const [reason, allowed, changes] = line.split('\t')
  lines.push([reason, allowed, escape(changes), escape(make(changes))].join('\t'))
}
writeFileSync(`${folder}/jwt.tsv`, lines.join('\n') + '\n')
writeFileSync(`${folder}/jwks.json`, JSON.stringify({ keys: published }))
