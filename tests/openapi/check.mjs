// node check.mjs OPENAPI ANSWERS - whether the API's description is OpenAPI, and whether each answer that a test got is
// as it says. ANSWERS: a line of JSON each, {method, path, status, type, sent, body}. Ends with 1 and a line for each
// that is not. By others' code: a validator of OpenAPI, and Ajv for JSON Schema.
import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const [descriptionFile, answersFile] = process.argv.slice(2);
const text = readFileSync(descriptionFile, 'utf8');
const description = JSON.parse(text);
const wrong = [];

const verdict = await new Validator().validate(JSON.parse(text));
if (!verdict.valid) wrong.push(`the description: ${JSON.stringify(verdict.errors)}`);

const ajv = new Ajv({ strict: false, allErrors: true });
addFormats(ajv);
ajv.addSchema(description, 'description');

const follow = (thing) =>
    thing && thing.$ref ? thing.$ref.slice(2).split('/').reduce((at, name) => at[name], description) : thing;

function operationOf(method, path) {
    for (const [template, operations] of Object.entries(description.paths)) {
        const shape = new RegExp(`^${template.replace(/\{[^}]+\}/g, '[^/]+')}$`);
        if (shape.test(path) && operations[method.toLowerCase()]) return operations[method.toLowerCase()];
    }
    return undefined;
}

function errorsOf(schema, value) {
    const named = schema.$ref ? { $ref: `description${schema.$ref}` } : schema;
    const validate = ajv.compile(named);
    return validate(value) ? null : ajv.errorsText(validate.errors);
}

function check(answer) {
    const operation = operationOf(answer.method, answer.path);
    if (!operation) return 'is not described';
    const response = follow(operation.responses[answer.status]);
    if (!response) return 'has a status that is not described';
    const sentSchema = follow(operation.requestBody)?.content['application/json'].schema;
    if (answer.status < 300 && sentSchema && errorsOf(sentSchema, answer.sent))
        return `was taken, though ${errorsOf(sentSchema, answer.sent)}`;
    if (!response.content) return answer.body === null ? null : 'has a body';
    const type = (answer.type ?? '').split(';')[0];
    const content = response.content[type];
    if (!content) return `is ${type}, which is not described`;
    return type.endsWith('json') ? errorsOf(content.schema, answer.body) : null;
}

const answers = readFileSync(answersFile, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));
for (const answer of answers) {
    const why = check(answer);
    if (why) wrong.push(`${answer.method} ${answer.path} ${answer.status}: ${why}`);
}
wrong.forEach((line) => console.log(line));
console.log(`${answers.length} answers, ${wrong.length} wrong`);
process.exit(wrong.length || !answers.length ? 1 : 0);
