// PostgreSQL in a container, for whoever asks for it with TEST_PG=testcontainers.

import type { Server } from './server.ts';

/** The part of `testcontainers` that is used; it is no dependency, so that a checkout without containers installs nothing for them. */
interface ContainerLibrary {
  readonly GenericContainer: new (image: string) => ContainerRequest;
  readonly Wait: { forLogMessage(message: string, times: number): unknown };
}
interface ContainerRequest {
  withEnvironment(variables: Readonly<Record<string, string>>): ContainerRequest;
  withExposedPorts(...ports: readonly number[]): ContainerRequest;
  withWaitStrategy(strategy: unknown): ContainerRequest;
  start(): Promise<{ getHost(): string; getMappedPort(port: number): number; stop(): Promise<unknown> }>;
}

/** Rejects with a sentence when the package or the container runtime is missing. */
export async function startContainer(): Promise<Server> {
  const name = 'testcontainers';
  try {
    const { GenericContainer, Wait }: ContainerLibrary = await import(name);
    const container = await new GenericContainer(process.env['TEST_PG_IMAGE'] ?? 'postgres:18-alpine')
      .withEnvironment({ POSTGRES_PASSWORD: 'pipeline' })
      .withExposedPorts(5432)
      // The image starts the server twice: once to initialise it, once for good.
      .withWaitStrategy(Wait.forLogMessage('database system is ready to accept connections', 2))
      .start();
    return {
      url: `postgres://postgres:pipeline@${container.getHost()}:${container.getMappedPort(5432)}/postgres`,
      stop: async () => {
        await container.stop();
      },
    };
  } catch (cause) {
    throw new Error(
      'TEST_PG=testcontainers: no container could be started. Install the package (npm install --no-save testcontainers@11) ' +
        'and a container runtime, or unset TEST_PG.',
      { cause },
    );
  }
}
