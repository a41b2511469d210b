// node client.mjs SITE TOKEN ask PERSON TYPE | look CONVERSATION | read CONVERSATION - a client that knows nothing but
// the API's description, which it fetches: addresses, methods and what must be sent are looked up by operationId.
// Writes the conversation's id, its state or problem, or the document's SHA-256.
import { createHash, randomUUID } from 'node:crypto';

const [site, token, act, ...words] = process.argv.slice(2);
const description = await (await fetch(`${site}/api/v1/openapi.json`)).json();

const follow = (thing) =>
    thing.$ref ? thing.$ref.slice(2).split('/').reduce((at, name) => at[name], description) : thing;

async function call(operationId, values, body) {
    for (const [path, methods] of Object.entries(description.paths))
        for (const [method, operation] of Object.entries(methods)) {
            if (operation.operationId !== operationId) continue;
            const headers = { Authorization: `Bearer ${token}` };
            let address = path;
            for (const parameter of (operation.parameters ?? []).map(follow)) {
                if (parameter.in === 'path') address = address.replace(`{${parameter.name}}`, values[parameter.name]);
                else if (parameter.in === 'header' && parameter.required) headers[parameter.name] = randomUUID();
            }
            if (body) headers['Content-Type'] = Object.keys(operation.requestBody.content)[0];
            return fetch(site + address, { method: method.toUpperCase(), headers, body: body && JSON.stringify(body) });
        }
    throw new Error(`${operationId} is not described`);
}

/* What the schema asks for, filled in: enough for a question. */
function sample(schema, given) {
    schema = follow(schema);
    if (schema.type !== 'object') return 'Etter loven';
    return Object.fromEntries(schema.required.map((name) => [name, given[name] ?? sample(schema.properties[name], {})]));
}

if (act === 'ask') {
    const schema = description.components.schemas.EvidenceRequest;
    const answer = await call('askForEvidence', {}, sample(schema, { person: words[0], evidence_type: words[1] }));
    console.log((await answer.json()).conversation);
} else if (act === 'look') {
    const json = await (await call('lookForAnswer', { conversation: words[0] })).json();
    console.log(json.state ?? json.type);
} else if (act === 'read') {
    const answer = await call('readDocument', { conversation: words[0] });
    if (!answer.ok) console.log((await answer.json()).status);
    else console.log(createHash('sha256').update(Buffer.from(await answer.arrayBuffer())).digest('hex'));
}
