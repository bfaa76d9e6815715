import t from 'tap'
import { type Endpoint, trafficWithout, withTraffic } from './resources.ts'

t.test('traffic without a deployment sums to 100 or to nothing', async (t) => {
  t.same(trafficWithout({ a: 100 }, 'a'), {})
  t.same(trafficWithout({ a: 100, b: 0 }, 'a'), {})
  t.same(trafficWithout({ a: 50, b: 20, c: 30 }, 'a'), { b: 20, c: 80 })
  t.same(trafficWithout({ b: 100 }, 'a'), { b: 100 })
})

t.test('an endpoint is written as it was read, without what only Azure writes', async (t) => {
  const user = '/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/u'
  const read = {
    id: 'x',
    name: 'e',
    systemData: {},
    location: 'westeurope',
    tags: { team: 'b' },
    kind: 'Managed',
    identity: { type: 'UserAssigned', tenantId: 'x', userAssignedIdentities: { [user]: { clientId: 'x' } } },
    properties: {
      authMode: 'Key',
      description: 'ours',
      publicNetworkAccess: 'Disabled',
      mirrorTraffic: {},
      properties: { a: 'b' },
      traffic: { old: 100 },
      keys: null,
      scoringUri: 'x',
      swaggerUri: 'x',
      provisioningState: 'Succeeded',
    },
  } as Endpoint
  t.strictSame(withTraffic(read, { new: 100 }), {
    location: 'westeurope',
    tags: { team: 'b' },
    kind: 'Managed',
    identity: { type: 'UserAssigned', userAssignedIdentities: { [user]: {} } },
    properties: {
      authMode: 'Key',
      description: 'ours',
      publicNetworkAccess: 'Disabled',
      mirrorTraffic: {},
      properties: { a: 'b' },
      traffic: { new: 100 },
    },
  })
})
