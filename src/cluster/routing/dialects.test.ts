import { expect } from 'chai';
import fc from 'fast-check';
import { aSpec, aTarget, someRouting } from '../../testing/version-targets.ts';
import { headersName } from './headers.ts';
import { hostsOf, planRouting, previewHost } from './index.ts';
import type { DialectName, DialectPlan, RoutingSettings } from './index.ts';

const header = (Header: string, Value = 'v') => ({ Header, Value });
const everything = aSpec({ redirectWww: true, useCompression: true, useStickySessions: true, additionHttpHeaders: [header('X-A')] });

/** The wishes of `everything` that the plan neither carries out nor warns about. */
function forgotten(plan: DialectPlan): string[] {
  const text = JSON.stringify({ ...plan, warnings: [] });
  const warned = (field: string) => plan.warnings.some(warning => warning.startsWith(`${field}:`));
  return Object.entries({
    redirectWww: plan.www !== 'none',
    useCompression: /gzip|compress/.test(text),
    useStickySessions: text.includes('teal-affinity'),
    additionHttpHeaders: /X-A/i.test(text),
  })
    .filter(([field, done]) => !done && !warned(field))
    .map(([field]) => field);
}

describe('dialects', () => {
  const controllers: RoutingSettings['controller'][] = [
    undefined,
    {},
    { gzip: true },
    { responseHeaders: ['x-a'] },
    { middlewares: 'file' },
    { middlewares: 'crd' },
  ];
  for (const dialect of ['ingress-nginx', 'traefik', 'plain'] satisfies DialectName[]) {
    it(`${dialect} does each wish or warns about it, under every operator setting`, () => {
      for (const controller of controllers) {
        for (const snippets of [false, true]) {
          const plan = planRouting(everything, someRouting({ dialect, snippets, ...(controller === undefined ? {} : { controller }) }));
          if (dialect === 'ingress-nginx' && controller?.gzip === true) plan.annotations['(global gzip)'] = 'gzip';
          expect(forgotten(plan), JSON.stringify({ controller, snippets })).to.deep.equal([]);
          expect(plan.warnings.every(warning => /--ingress-|refuses/.test(warning))).to.equal(true);
        }
      }
    });

    it(`${dialect} plans nothing for an app that wishes nothing`, () => {
      const plan = planRouting(
        aSpec(),
        someRouting({ dialect, snippets: true, controller: { gzip: true, middlewares: 'crd', responseHeaders: ['X-A'] } }),
      );
      expect(plan).to.deep.equal({
        annotations: {},
        standingAnnotations: {},
        serviceAnnotations: {},
        helpers: [],
        www: 'none',
        warnings: [],
      });
    });
  }

  it('plain does nothing beyond Ingress objects and says so four times', () => {
    expect(planRouting(everything, someRouting({ dialect: 'plain' })).warnings.map(text => text.split(':')[0])).to.deep.equal([
      'redirectWww',
      'useCompression',
      'useStickySessions',
      'additionHttpHeaders',
    ]);
  });

  it("ingress-nginx writes a header in the operator's spelling, which the controller compares to the letter", () => {
    const { helpers } = planRouting(
      aSpec({ additionHttpHeaders: [header('x-frame-OPTIONS', 'DENY')] }),
      someRouting({ controller: { responseHeaders: ['X-Frame-Options'] } }),
    );
    expect(helpers).to.have.length(1);
    expect(helpers[0]).to.deep.include({ kind: 'ConfigMap', data: { 'X-Frame-Options': 'DENY' } });
  });

  it('ingress-nginx never asks for a header or value that makes the controller refuse the host', () => {
    const name = fc.oneof(fc.constantFrom('X-A', 'X-B', 'x_c'), fc.string());
    fc.assert(
      fc.property(fc.array(fc.record({ Header: name, Value: fc.string({ unit: 'binary' }) }), { maxLength: 4 }), additionHttpHeaders => {
        const allowed = ['X-A', 'X-B', 'x_c'];
        const { helpers, annotations } = planRouting(
          aSpec({ additionHttpHeaders }),
          someRouting({ controller: { responseHeaders: allowed } }),
        );
        for (const helper of helpers) {
          if (helper.kind !== 'ConfigMap') throw new Error(helper.kind);
          expect(Object.keys(helper.data).length).to.be.greaterThan(0);
          for (const [key, value] of Object.entries(helper.data)) {
            expect(allowed).to.include(key);
            expect(value).to.match(/^[a-zA-Z\d_ :;.,\\/"'?!(){}[\]@<>=\-+*#$&`|~^%]+$/);
          }
        }
        expect(Object.keys(annotations)).to.have.length(helpers.length);
      }),
    );
  });

  it('a snippet holds constants and header lines only, whatever a descriptor asks for', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ Header: fc.string(), Value: fc.string({ unit: 'binary' }) }), { maxLength: 4 }),
        additionHttpHeaders => {
          const { annotations } = planRouting(aSpec({ additionHttpHeaders }), someRouting({ snippets: true }));
          const snippet = annotations['nginx.ingress.kubernetes.io/configuration-snippet'] ?? '';
          for (const line of snippet.split('\n').filter(text => text !== ''))
            expect(line).to.match(/^more_set_headers "[A-Za-z0-9_-]+: [^"\\${}\r\n]+";$/);
        },
      ),
    );
  });

  it('values that ingress-nginx would refuse, or that would end a string in a snippet, are left out with a warning', () => {
    const asked = (Value: string, settings: Partial<RoutingSettings>) =>
      planRouting(aSpec({ additionHttpHeaders: [header('X-A', Value)] }), someRouting(settings));
    const listed = { controller: { responseHeaders: ['X-A'] } };
    expect(asked('a\tb', listed)).to.deep.include({ helpers: [], annotations: {} });
    expect(asked('a\tb', listed).warnings.join()).to.match(/refuses/);
    expect(asked('say "hi" $x {}', listed).helpers).to.have.length(1);
    for (const value of ['a"; return 418; "', 'a\\', '$host', '{}', 'a`b']) {
      expect(asked(value, { snippets: true }), value).to.deep.include({ helpers: [], annotations: {} });
      expect(asked(value, { snippets: true }).warnings, value).to.have.length(1);
    }
  });

  it('ingress-nginx is made to notice other headers on an Ingress that stays, by an alias that follows their content', () => {
    const standing = (value: string) =>
      planRouting(aSpec({ additionHttpHeaders: [header('X-A', value)] }), someRouting({ controller: { responseHeaders: ['X-A'] } }))
        .standingAnnotations['nginx.ingress.kubernetes.io/server-alias'];
    expect(standing('one')).to.match(/^shop-headers-[0-9a-f]{10}\.demo\.teal\.invalid$/);
    expect(standing('two')).not.to.equal(standing('one'));
  });

  it('no snippet without the permission of the operator', () => {
    expect(planRouting(everything, someRouting()).annotations).not.to.have.property('nginx.ingress.kubernetes.io/configuration-snippet');
  });

  it('headers that would break the connection, or break out of a line, are left out with a warning everywhere', () => {
    const additionHttpHeaders = [
      header('Content-Length', '0'),
      header('X-Split', 'a\r\nSet-Cookie: b'),
      header('X Space'),
      header('X-Empty', ''),
    ];
    const traefik = planRouting(aSpec({ additionHttpHeaders }), someRouting({ dialect: 'traefik', controller: { middlewares: 'crd' } }));
    const nginx = planRouting(
      aSpec({ additionHttpHeaders }),
      someRouting({ snippets: true, controller: { responseHeaders: ['Content-Length', 'X-Split', 'X-Empty'] } }),
    );
    for (const plan of [traefik, nginx]) {
      expect(plan.helpers).to.deep.equal([]);
      expect(plan.annotations).to.deep.equal({});
      expect(plan.warnings).to.have.length(4);
      expect(plan.warnings.join('')).not.to.match(/[\r\n]/);
    }
  });

  it('of a header given twice the last counts, with a warning', () => {
    const plan = planRouting(
      aSpec({ additionHttpHeaders: [header('X-A', 'one'), header('x-a', 'two')] }),
      someRouting({ dialect: 'traefik', controller: { middlewares: 'crd' } }),
    );
    expect(JSON.stringify(plan.helpers)).to.include('two').and.not.to.include('one');
    expect(plan.warnings.join()).to.match(/more than once/);
  });

  it('Traefik names no middleware unless the operator says that it exists', () => {
    expect(JSON.stringify(planRouting(everything, someRouting({ dialect: 'traefik' })))).not.to.include('router.middlewares');
  });

  it('Traefik names its own Middleware objects by namespace', () => {
    const plan = planRouting(everything, someRouting({ dialect: 'traefik', controller: { middlewares: 'crd' } }));
    const references = (plan.annotations['traefik.ingress.kubernetes.io/router.middlewares'] ?? '').split(',');
    expect(references).to.deep.equal([
      'demo-shop-compress@kubernetescrd',
      `demo-${headersName('shop', [{ name: 'X-A', value: 'v' }])}@kubernetescrd`,
    ]);
    expect(plan.helpers.map(({ name }) => `demo-${name}@kubernetescrd`)).to.include.members(references);
  });

  it('the name of the headers object follows from its content, not from the order it was written in', () => {
    const [a, b] = [
      { name: 'X-A', value: '1' },
      { name: 'X-B', value: '2' },
    ];
    expect(headersName('shop', [a, b])).to.equal(headersName('shop', [b, a]));
    expect(headersName('shop', [a])).not.to.equal(headersName('shop', [{ name: 'X-A', value: '2' }]));
  });
});

describe('hosts', () => {
  it('are the frontend and, where it is redirected, its www', () => {
    const { frontend: _, ...internal } = aSpec();
    expect(hostsOf(aSpec({ frontend: 'Shop.Example.com' }))).to.deep.equal(['shop.example.com']);
    expect(hostsOf(aSpec({ redirectWww: true }))).to.deep.equal(['shop.example.com', 'www.shop.example.com']);
    expect(hostsOf(internal)).to.deep.equal([]);
  });

  it('of previews lie under the preview domain', () => {
    expect(previewHost(aTarget({}, { version: '1.2_RC' }), someRouting({ previewDomain: 'preview.example.com' }))).to.equal(
      'shop-1-2-rc.demo.preview.example.com',
    );
  });

  it('of previews without a domain are valid, cannot be guessed from app and version, and differ between deployments', () => {
    const host = previewHost(aTarget(), someRouting());
    expect(host).to.match(/^preview-[0-9a-f]{32}\.teal\.invalid$/);
    expect(previewHost(aTarget(), someRouting())).to.equal(host);
    expect(previewHost(aTarget({}, { deployment: 'another' }), someRouting())).not.to.equal(host);
    expect(previewHost(aTarget({}, { installation: 'another' }), someRouting())).not.to.equal(host);
  });
});
