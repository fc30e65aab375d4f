/** The toolkit that features use to describe their routes: other rooms import from here only. */

export { route } from './route.ts';
export type { Answer, BodyDescription, Call, DtoClass, ResponseDescription, Route, RouteDefinition } from './route.ts';
export { listOf, named, refTo } from './schema.ts';
export type { JsonSchema, NamedSchema } from './schema.ts';
export { BooleanField, ChoiceField, IntegerField, ListField, ObjectField, TextField, kindOf } from './fields.ts';
export { checkDto, pointerTo, unknownField, fieldsOf } from './dto.ts';
export { whyNoNamespace } from './request.ts';
export { continueToken, etagOf, idOfToken, ifMatch, nextLink } from './listing.ts';
export { FlagParameter, IntegerParameter, readParameters, TextParameter } from './parameters.ts';
export { toProblem } from './answers.ts';
export { refuseOnSocket } from './bare-answer.ts';
export { refuseDoubledHeaders } from './doubled-headers.ts';
export { whyRefused } from './origin.ts';
export type { OriginPolicy } from './origin.ts';
