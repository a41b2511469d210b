// idporten.mjs PROGRAM TABLE - the sandbox's ID-porten against tests/cases/idporten_refusals.tsv, with node's own HTTP and
// cryptography and nothing of ours: every line is a login that is right but for what the line changes. Says each line that
// came out otherwise, and ends with 1 then.
import { createHash, createHmac, createPublicKey, generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const [, , program, table] = process.argv
const CLIENT = 'sandkasse-innlogging'
const OTHER = { client_id: 'sandkasse-annen-tjeneste', client_secret: 'bare-i-sandkassen-0123456789abcdef' }
const SITE = 'http://localhost:8080'
const OTHER_REDIRECT = SITE + '/annen-tjeneste/tilbake'
const INGRID = '02878520281'

// ---- the sandbox ----

const folder = mkdtempSync(join(tmpdir(), 'skjema-idporten-'))
const sandbox = spawn(
  program,
  ['sandbox', '--data', folder, '--sandbox_api_port', '0', '--sandbox_mailbox_port', '0'],
  { stdio: ['ignore', 'pipe', 'inherit'] },
)
const said = {}
for await (const line of createInterface(sandbox.stdout)) {
  const match = line.match(/^ID-porten +(\S+) +\(client \S+ key (\S+), kid (\S+)\)/)
  if (match) {
    Object.assign(said, { issuer: match[1], key: match[2], kid: match[3] })
    break
  }
}
const { issuer, kid } = said
const base = issuer.replace('/idporten', '')
const key = readFileSync(said.key, 'utf8')
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey

// ---- requests ----

const encode = (bytes) => Buffer.from(bytes).toString('base64url')
const fresh = () => encode(randomBytes(32))
const now = () => Math.floor(Date.now() / 1000)

async function ask(url, { body, cookie, token } = {}) {
  const headers = {}
  if (cookie) headers.cookie = cookie
  if (token) headers.authorization = `Bearer ${token}`
  const options = { headers, redirect: 'manual' }
  if (body) Object.assign(options, { method: 'POST', body: new URLSearchParams(body) })
  const answer = await fetch(new URL(url, base), options)
  const text = await answer.text()
  const set = answer.headers.get('set-cookie')
  return { status: answer.status, text, to: answer.headers.get('location'), cookie: set && set.split(';')[0] }
}

const address = (path, words) => `${issuer}${path}?${new URLSearchParams(words)}`
const control = (what, body) => ask(`${base}/control/${what}`, { body })

// ---- what is right ----

// How the client shows who it is; made anew for each request unless it is to be used again.
function assertion({ header, claims, alg, reused }) {
  if (reused) return reused
  const head = JSON.stringify({ kid, alg: alg === 'none' ? 'none' : alg === 'hs256' ? 'HS256' : 'RS256', ...header })
  const payload = JSON.stringify({
    iss: CLIENT,
    sub: CLIENT,
    aud: issuer,
    iat: now(),
    exp: now() + 100,
    jti: fresh(),
    ...claims,
  })
  const message = `${encode(head)}.${encode(payload)}`
  if (alg === 'none') return `${message}.`
  if (alg === 'hs256') {
    const secret = createPublicKey(key).export({ type: 'spki', format: 'pem' })
    return `${message}.${encode(createHmac('sha256', secret).update(message).digest())}`
  }
  const signature = sign('sha256', message, alg === 'stranger' ? stranger : key)
  if (alg === 'broken') signature[0] ^= 1
  return `${message}.${encode(signature)}`
}

const authentication = (as) =>
  as.secret
    ? { ...OTHER }
    : {
        client_id: CLIENT,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: assertion(as),
      }

function words(as) {
  as.verifier ??= fresh()
  return {
    client_id: as.secret ? OTHER.client_id : CLIENT,
    redirect_uri: as.secret ? OTHER_REDIRECT : `${SITE}/logg-inn/tilbake`,
    response_type: 'code',
    scope: 'openid profile',
    state: (as.state ??= fresh()),
    nonce: fresh(),
    code_challenge: encode(createHash('sha256').update(as.verifier).digest()),
    code_challenge_method: 'S256',
  }
}

const choice = { pid: INGRID, annen: '', niva: 'idporten-loa-high' }

// Logged in at ID-porten: the code, and the browser's cookie.
async function logIn(as, level) {
  const page = await ask(address('/authorize', words(as)))
  const back = await ask(page.to, { body: { ...choice, niva: level ?? choice.niva } })
  return { code: new URL(back.to).searchParams.get('code'), cookie: back.cookie }
}

const redeem = (as, code) => ({
  ...authentication(as),
  grant_type: 'authorization_code',
  code,
  redirect_uri: as.secret ? OTHER_REDIRECT : `${SITE}/logg-inn/tilbake`,
  code_verifier: as.verifier,
})

async function tokens(as) {
  const { code, cookie } = await logIn(as)
  return { ...JSON.parse((await ask(`${issuer}/token`, { body: redeem(as, code) })).text), cookie }
}

// ---- the requests that lines are about: each gives a function that makes it ----

const places = {
  async authorize(as) {
    const cookie = as.session && (await logIn({}, as.session)).cookie
    const asked = words(as)
    return (change) => ask(address('/authorize', change(asked)), { cookie })
  },
  async par(as) {
    const asked = { ...words(as), ...authentication(as) }
    return (change) => ask(`${issuer}/par`, { body: change(asked) })
  },
  async pushed(as) {
    const pushed = JSON.parse((await ask(`${issuer}/par`, { body: { ...words(as), ...authentication(as) } })).text)
    const asked = { client_id: CLIENT, request_uri: pushed.request_uri }
    return (change) => ask(address('/authorize', change(asked)))
  },
  async choose(as) {
    const page = await ask(address('/authorize', words(as)))
    return (change) => ask(page.to, { body: change(choice) })
  },
  async token(as) {
    const { code } = await logIn(as)
    const asked = redeem(as, code)
    return (change) => ask(`${issuer}/token`, { body: change(asked) })
  },
  async userinfo(as) {
    const asked = { token: (await tokens(as)).access_token }
    return (change) => ask(`${issuer}/userinfo`, { token: change(asked).token })
  },
  async logout(as) {
    const { id_token, cookie } = await tokens(as)
    const asked = { id_token_hint: id_token, post_logout_redirect_uri: `${SITE}/logget-ut`, state: 'x' }
    return (change) => ask(address('/endsession', change(asked)), { cookie })
  },
}

// ---- lines ----

const relative = (text) => (/^[+-]\d+$/.test(text) ? now() + Number(text) : JSON.parse(text.replaceAll('{issuer}', issuer)))

// What a line changes: in how it is asked (as), in the words of the request, and round it.
function read(text) {
  const line = { as: { header: {}, claims: {} }, set: {}, later: 0, again: false, reuse: false }
  for (const change of text.split(' & ')) {
    const [name, ...rest] = change.split(' ')
    const value = rest.join(' ')
    if (name === 'header' || name === 'claim') {
      const part = name === 'header' ? line.as.header : line.as.claims
      const [member, ...json] = rest
      part[member] = json.join(' ') === '-' ? undefined : relative(json.join(' '))
    } else if (name === 'alg') line.as.alg = value
    else if (name === 'secret') line.as.secret = true
    else if (name === 'session') line.as.session = value ? `idporten-loa-${value}` : choice.niva
    else if (name === 'later') line.later = Number(value)
    else if (name === 'again' || name === 'reuse') line[name] = true
    else line.set[name] = JSON.parse(`"${value.replace('{other}', OTHER_REDIRECT)}"`)
  }
  return line
}

function told(answer) {
  if (answer.status === 303) {
    const back = answer.to.startsWith(SITE) ? new URL(answer.to).searchParams : null
    return back?.get('error') ? `back ${back.get('error')}` : 'good'
  }
  if (answer.status < 300) return 'good'
  return answer.text.startsWith('{') ? JSON.parse(answer.text).error : 'page'
}

async function attempt(place, line) {
  const { as, set } = line
  const change = (asked) =>
    Object.fromEntries(Object.entries({ ...asked, ...set }).filter(([, value]) => value !== '-' && value !== undefined))
  const go = await places[place](as)
  if (line.later) await control('advance', { seconds: String(line.later) })
  if (line.again) await go(change)
  if (!line.reuse) return go(change)
  await go((asked) => ((as.reused = asked.client_assertion), change(asked)))
  return (await places[place]({ ...as, verifier: undefined }))(change)
}

// ---- what a good login gets (OpenID Connect Core 2, and the dossier's list of claims) ----

async function complaints() {
  const as = {}
  const first = { ...words(as), acr_values: 'idporten-loa-substantial', ui_locales: 'xx se' }
  const page = await ask((await ask(address('/authorize', first))).to)
  const back = await ask((await ask(address('/authorize', first))).to, { body: choice })
  const code = new URL(back.to).searchParams.get('code')
  const { id_token, ...rest } = JSON.parse((await ask(`${issuer}/token`, { body: redeem(as, code) })).text)
  const [header, claims] = id_token.split('.').map((part) => Buffer.from(part, 'base64url').toString())
  const { keys } = JSON.parse((await ask(`${issuer}/jwk`)).text)
  const { alg, kid: named } = JSON.parse(header)
  const published = createPublicKey({ key: keys.find((each) => each.kid === named), format: 'jwk' })
  const signed = id_token.slice(0, id_token.lastIndexOf('.'))
  const got = JSON.parse(claims)
  const other = { secret: true }
  const { id_token: another } = await tokens(other)
  const metadata = JSON.parse((await ask(`${issuer}/.well-known/openid-configuration`)).text)
  const facts = {
    'the page is in the language that was asked for': page.text.includes('<html lang="se"'),
    'the answer names the issuer': new URL(back.to).searchParams.get('iss') === issuer,
    'the answer has the state': new URL(back.to).searchParams.get('state') === first.state,
    'the metadata has the issuer': metadata.issuer === issuer,
    'the access token lives 120 seconds': rest.token_type === 'Bearer' && rest.expires_in === 120,
    'the signature verifies': alg === 'RS256' &&
      verify('sha256', signed, published, Buffer.from(id_token.split('.')[2], 'base64url')),
    'the claims are those': Object.keys(got).sort().join(' ') ===
      'acr amr aud auth_time exp iat iss jti locale nonce pid sid sub',
    'it is for the client': got.iss === issuer && got.aud === CLIENT && got.nonce === first.nonce,
    'it says who': got.pid === INGRID && got.acr === 'idporten-loa-high' && got.locale === 'se',
    'amr is a list': JSON.stringify(got.amr) === '["TestID"]',
    'it lives 120 seconds': got.exp - got.iat === 120 && Math.abs(got.iat - now()) < 60,
    'the subject is another for each client': JSON.parse(Buffer.from(another.split('.')[1], 'base64url')).sub !== got.sub,
  }
  return Object.keys(facts).filter((fact) => !facts[fact])
}

let wrong = 0
let number = 0
for (const text of readFileSync(table, 'utf8').split('\n')) {
  number++
  if (!text || text.startsWith('#')) continue
  const [place, status, error, changes] = text.split('\t')
  const answer = await attempt(place, read(changes))
  if (answer.status === Number(status) && told(answer) === error) continue
  console.error(`${table}:${number}: ${changes}: got ${answer.status} ${told(answer)} ${answer.text.slice(0, 200)}`)
  wrong++
}

for (const fact of await complaints()) {
  console.error(`it is not so that ${fact}`)
  wrong++
}

sandbox.kill()
rmSync(folder, { recursive: true })
process.exit(wrong ? 1 : 0)
