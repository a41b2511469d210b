// server.mjs FOLDER SITE - the OpenID provider "oidc-provider" on loopback, with one invented person and one client: the
// site at that address. Writes FOLDER/client.key.pem, the client's key, and says its issuer in one line when it listens.
// Ends with its input.
import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { Provider } from 'oidc-provider'

const [, , folder, site] = process.argv
const HIGH = 'idporten-loa-high'
const person = { sub: 'ingrid', pid: '02878520281', locale: 'nb' }

const client = generateKeyPairSync('rsa', { modulusLength: 2048 })
const own = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = client.privateKey.export({ type: 'pkcs8', format: 'pem' })
writeFileSync(join(folder, 'client.key.pem'), pem, { mode: 0o600 })
const jwk = (key, kid) => ({ ...key.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' })

const page = (title, content) => `<!DOCTYPE html><html lang="en"><title>${title}</title><h1>${title}</h1>${content}</html>`

const configuration = {
  clients: [
    {
      client_id: 'skjema',
      redirect_uris: [`${site}/logg-inn/tilbake`],
      post_logout_redirect_uris: [`${site}/logget-ut`],
      response_types: ['code'],
      grant_types: ['authorization_code'],
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'RS256',
      id_token_signed_response_alg: 'RS256',
      require_auth_time: true,
      jwks: { keys: [jwk(client.publicKey, 'skjema-1')] },
    },
  ],
  jwks: { keys: [jwk(own.privateKey, 'provider-1')] },
  cookies: { keys: ['only for tests'] },
  acrValues: ['idporten-loa-substantial', HIGH],
  claims: { openid: ['sub', 'acr', 'auth_time'], profile: ['pid', 'locale'] },
  conformIdTokenClaims: false,
  scopes: ['openid', 'profile'],
  features: {
    devInteractions: { enabled: false },
    pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (ctx, form) => {
        const button = '<button form="op.logoutForm" name="logout" value="yes">Log out</button>'
        ctx.body = page('Log out?', form + button)
      },
    },
  },
  interactions: { url: (ctx, interaction) => `/person/${interaction.uid}` },
  findAccount: (ctx, id) => ({ accountId: id, claims: () => person }),
  // Nobody is asked for consent: the client is the agency's own.
  loadExistingGrant: async (ctx) => {
    const { client, session } = ctx.oidc
    const grant = new ctx.oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId })
    grant.addOIDCScope('openid profile')
    grant.addOIDCClaims(['acr', 'auth_time'])
    await grant.save()
    return grant
  },
}

// The page where one says who one is: GET shows it, POST is the button.
async function interact(provider, request, response) {
  if (request.method === 'GET') {
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end(page('Who are you?', '<form method="post"><button>I am Ingrid</button></form>'))
    return
  }
  const { params } = await provider.interactionDetails(request, response)
  const login = { accountId: person.sub, acr: params.acr_values ?? HIGH, amr: ['test'] }
  await provider.interactionFinished(request, response, { login }, { mergeWithLastSubmission: false })
}

const server = createServer()
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`
  const provider = new Provider(issuer, configuration)
  const answer = provider.callback()
  server.on('request', (request, response) => {
    const handled = request.url.startsWith('/person/') ? interact(provider, request, response) : answer(request, response)
    Promise.resolve(handled).catch((error) => {
      console.error(error)
      response.statusCode = 500
      response.end()
    })
  })
  provider.on('server_error', (ctx, error) => console.error(error))
  console.log(`the issuer ${issuer}`)
})
process.stdin.resume().on('end', () => process.exit(0))
