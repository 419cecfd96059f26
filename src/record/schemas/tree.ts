/** Dotted names as objects within objects. */
import type { ConstantField, SchemaField, ValueField } from './schema.js';

export type Node = ObjectNode | AttributesNode | FieldNode;

interface ObjectNode {
  readonly kind: 'object';
  readonly name: string;
  readonly children: Node[];
}

interface AttributesNode {
  readonly kind: 'attributes';
  readonly name: string;
  readonly attributes: (ValueField | ConstantField)[];
}

interface FieldNode {
  readonly kind: 'field';
  /** The last part of the field's name. */
  readonly name: string;
  readonly field: ValueField | ConstantField;
}

/**
 * In the order of the fields; an object or a list of attributes stands where the first of its fields does. No name is given
 * twice, or is within a scalar's.
 */
export function fieldTree(fields: readonly SchemaField[]): readonly Node[] {
  const root: Node[] = [];
  for (const field of fields) {
    const parts = field.name.split('.');
    const name = parts.pop()!;
    let siblings = root;
    for (const part of parts) siblings = objectNamed(part, siblings).children;
    if ('attributes' in field) attributesNamed(name, siblings).push(...field.attributes);
    else siblings.push({ kind: 'field', name, field });
  }
  return root;
}

function objectNamed(name: string, siblings: Node[]): ObjectNode {
  const known = siblings.find((node) => node.name === name);
  if (known?.kind === 'object') return known;
  if (known !== undefined) throw new Error(`${name}: a field and an object`);
  const made: ObjectNode = { kind: 'object', name, children: [] };
  siblings.push(made);
  return made;
}

function attributesNamed(name: string, siblings: Node[]): AttributesNode['attributes'] {
  const known = siblings.find((node) => node.name === name);
  if (known?.kind === 'attributes') return known.attributes;
  const made: AttributesNode = { kind: 'attributes', name, attributes: [] };
  siblings.push(made);
  return made.attributes;
}
