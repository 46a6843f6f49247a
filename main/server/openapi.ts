import { OpenAPIGenerator } from '@orpc/openapi';
import { ZodToJsonSchemaConverter } from '@orpc/zod/zod4';
import { contract } from '../../shared/contract.ts';

/** The OpenAPI document of every procedure, made from the contract at the first request for it. */
export function createOpenApiDocument(version: string) {
  let document: Promise<object> | undefined;
  return () => {
    document ??= new OpenAPIGenerator({ schemaConverters: [new ZodToJsonSchemaConverter()] }).generate(contract, {
      info: {
        title: 'Control Room',
        version,
        description: 'Times are epoch milliseconds. Every /api call needs a credential.',
      },
      security: [{ bearer: [] }, { apiKey: [] }],
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer' },
          apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
        },
      },
    });
    return document;
  };
}
