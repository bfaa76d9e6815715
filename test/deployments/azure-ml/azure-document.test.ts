// The fake is held to the document by a checker that notices what differs.
import t from 'tap'
import { faultsOfAnswer, faultsOfRequest, fixedProperties, operationOf } from './azure-document.ts'

const WORKSPACE =
  '/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w/onlineEndpoints/e'
const found = (method: string, path: string) => {
  const operation = operationOf(method, `${WORKSPACE}${path}`)
  if (operation === undefined) throw new Error(`${method} ${path}`)
  return operation
}
const ENDPOINT = { location: 'westeurope', properties: { authMode: 'Key' } }

t.test('requests', async (t) => {
  const put = found('PUT', '')
  t.same(faultsOfRequest(put, ENDPOINT), [])
  for (const [body, fault] of [
    [{ ...ENDPOINT, id: 'x' }, /\/id boolean schema is false/],
    [{ properties: ENDPOINT.properties }, /required property 'location'/],
    [{ ...ENDPOINT, properties: {} }, /required property 'authMode'/],
    [{ ...ENDPOINT, properties: { authMode: 'None' } }, /authMode must be equal to one of/],
    [
      { ...ENDPOINT, properties: { authMode: 'Key', provisioningState: 'Succeeded' } },
      /provisioningState boolean schema is false/,
    ],
    [{ ...ENDPOINT, properties: { authMode: 'Key', traffic: { a: 99.5 } } }, /traffic\/a must be integer/],
    [{ ...ENDPOINT, properties: { authMode: 'Key', traffics: {} } }, /must NOT have additional properties/],
  ] as const) {
    t.match(faultsOfRequest(put, body).join('; '), fault)
  }
  const deployment = found('PUT', '/deployments/d')
  const properties = { endpointComputeType: 'Managed', requestSettings: { requestTimeout: '5s' } }
  t.match(faultsOfRequest(deployment, { location: 'x', properties }).join('; '), /must match format "duration"/)
  t.match(faultsOfRequest(found('PATCH', '/deployments/d'), { properties: {} }), [/additional properties/])
  t.match(faultsOfRequest(found('POST', '/listKeys'), {}), [/takes no body/])
  t.match(
    faultsOfRequest(found('PUT', '/deployments/-d'), { location: 'x', properties: { endpointComputeType: 'Managed' } }),
    [/deploymentName is -d/],
  )
  t.equal(operationOf('PATCH', WORKSPACE.replace('/onlineEndpoints/e', '')), undefined)
})

t.test('answers', async (t) => {
  const put = found('PUT', '/deployments/d')
  const body = { location: 'x', properties: { endpointComputeType: 'Managed', provisioningState: 'Creating' } }
  t.same(faultsOfAnswer(put, 201, { 'Azure-AsyncOperation': 'http://x' }, body), [])
  t.match(faultsOfAnswer(put, 202, {}, body), [/no such answer/])
  t.match(faultsOfAnswer(put, 201, { 'Retry-After': '10' }, body), [/no header Retry-After/])
  t.match(faultsOfAnswer(found('DELETE', ''), 202, { 'Retry-After': '5' }, undefined), [/must be >= 10/])
  const keys = { ...ENDPOINT, properties: { authMode: 'Key', keys: { primaryKey: 'x' } } }
  t.match(faultsOfAnswer(found('GET', ''), 200, {}, keys).join('; '), /keys must be null/)
  t.same(fixedProperties('OnlineDeployment'), ['instanceType'])
})
