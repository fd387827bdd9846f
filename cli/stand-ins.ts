// The stand-in vendors as the command starts them, with the settings that point a pipeline at each.

import { sandboxes } from '../sandbox/index.ts';

export interface StandIn {
  readonly url: string;
  readonly settings: { readonly [name: string]: string };
  close(): Promise<void>;
}

export interface StandInOptions {
  readonly port: number;
  readonly seed: number;
  readonly tickets: number;
}

/** By vendor: what it is, and how it starts. */
export const STAND_INS: {
  readonly [vendor: string]: {
    readonly description: string;
    start(options: StandInOptions): Promise<StandIn>;
  };
} = {
  zendesk: {
    description: sandboxes.zendesk.description,
    start: async (options) => {
      const server = await sandboxes.zendesk.start(options);
      return { url: server.url, settings: zendeskSettings(server), close: () => server.close() };
    },
  },
  intercom: {
    description: sandboxes.intercom.description,
    start: async ({ port, seed }) => {
      const server = await sandboxes.intercom.start({ port, seed });
      const settings = {
        INTERCOM_BASE_URL: server.url,
        INTERCOM_ACCESS_TOKEN: server.token(),
        PIPELINE_ALLOW_PRIVATE_HOSTS: new URL(server.url).host,
      };
      return { url: server.url, settings, close: () => server.close() };
    },
  },
  gong: {
    description: sandboxes.gong.description,
    start: async ({ port, seed }) => {
      const server = await sandboxes.gong.start({ port, seed });
      const { key, secret } = server.credentials();
      const settings = {
        GONG_BASE_URL: server.url,
        GONG_API_KEY: key,
        GONG_API_SECRET: secret,
        PIPELINE_ALLOW_PRIVATE_HOSTS: new URL(server.url).host,
      };
      return { url: server.url, settings, close: () => server.close() };
    },
  },
  estuary: {
    description: sandboxes.estuary.description,
    start: async ({ port, seed }) => {
      const server = await sandboxes.estuary.start({ port, seed });
      const settings = {
        ESTUARY_API_URL: server.url,
        ESTUARY_API_KEY: server.apiKey,
        PIPELINE_ALLOW_PRIVATE_HOSTS: new URL(server.url).host,
      };
      return { url: server.url, settings, close: () => server.close() };
    },
  },
  salesforce: {
    description: sandboxes.salesforce.description,
    start: async ({ port, seed, tickets }) => {
      const server = await sandboxes.salesforce.start({ port, seed, cases: tickets });
      const settings = {
        SALESFORCE_LOGIN_URL: server.url,
        SALESFORCE_CLIENT_ID: server.credentials.clientId,
        SALESFORCE_CLIENT_SECRET: server.credentials.clientSecret,
        PIPELINE_ALLOW_PRIVATE_HOSTS: new URL(server.url).host,
      };
      return { url: server.url, settings, close: () => server.close() };
    },
  },
  hubspot: {
    description: sandboxes.hubspot.description,
    start: async ({ port, seed, tickets }) => {
      const server = await sandboxes.hubspot.start({ port, seed, counts: { tickets } });
      const settings = {
        HUBSPOT_BASE_URL: server.url,
        HUBSPOT_API_KEY: server.credentials.token,
        PIPELINE_ALLOW_PRIVATE_HOSTS: new URL(server.url).host,
      };
      return { url: server.url, settings, close: () => server.close() };
    },
  },
  vercel: {
    description: sandboxes.vercel.description,
    start: async ({ port, seed }) => {
      const server = await sandboxes.vercel.start({ port, seed });
      const settings = {
        VERCEL_BASE_URL: server.url,
        VERCEL_ACCESS_TOKEN: server.token(),
        VERCEL_TEAM_ID: server.teamId,
        PIPELINE_ALLOW_PRIVATE_HOSTS: new URL(server.url).host,
      };
      return { url: server.url, settings, close: () => server.close() };
    },
  },
  openai: {
    description: sandboxes.openai.description,
    start: async ({ port, seed }) => {
      const server = await sandboxes.openai.start({ port, seed });
      const settings = {
        OPENAI_BASE_URL: server.baseUrl,
        OPENAI_API_KEY: server.apiKey,
        LLM_MODEL: 'gpt-4o-mini',
        PIPELINE_ALLOW_PRIVATE_HOSTS: new URL(server.url).host,
      };
      return { url: server.url, settings, close: () => server.close() };
    },
  },
  azure: {
    description: sandboxes.azure.description,
    start: async ({ port, seed }) => {
      const server = await sandboxes.azure.start({ port, seed });
      const settings = {
        AZURE_OPENAI_ENDPOINT: server.url,
        AZURE_OPENAI_API_KEY: server.apiKey,
        AZURE_OPENAI_DEPLOYMENT: 'labels',
        AZURE_OPENAI_BATCH_DEPLOYMENT: 'labels-nightly',
        AZURE_OPENAI_MODEL: 'gpt-4o-mini',
        PIPELINE_ALLOW_PRIVATE_HOSTS: new URL(server.url).host,
      };
      return { url: server.url, settings, close: () => server.close() };
    },
  },
  jais: {
    description: sandboxes.jais.description,
    start: async ({ port, seed }) => {
      const server = await sandboxes.jais.start({ port, seed });
      const settings = {
        JAIS_BASE_URL: server.baseUrl,
        JAIS_API_KEY: server.apiKey,
        JAIS_MODEL: 'jais-2-70b-chat',
        PIPELINE_ALLOW_PRIVATE_HOSTS: new URL(server.url).host,
      };
      return { url: server.url, settings, close: () => server.close() };
    },
  },
};

/** The settings of a pipeline that reads the stand-in for Zendesk. */
export function zendeskSettings(server: {
  readonly url: string;
  readonly credentials: { readonly clientId: string; readonly clientSecret: string };
}): { readonly [name: string]: string } {
  return {
    ZENDESK_BASE_URL: server.url,
    ZENDESK_OAUTH_CLIENT_ID: server.credentials.clientId,
    ZENDESK_OAUTH_CLIENT_SECRET: server.credentials.clientSecret,
    PIPELINE_ALLOW_PRIVATE_HOSTS: new URL(server.url).host,
  };
}
