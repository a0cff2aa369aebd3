/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * schema.c - the kinds' tables as a JSON Schema.
 *
 * Where sprout takes text it takes any plain scalar as its text; a tool that
 * reads YAML by itself sees a number or a boolean there, so that the schema
 * allows them, too.
 */
#include <string.h>

#include "json.h"
#include "mem.h"
#include "profile.h"
#include "schema.h"

static void key_str(struct sp_json *j, const char *key, const char *s)
{
	sp_json_key(j, key);
	sp_json_str(j, s);
}

static void key_int(struct sp_json *j, const char *key, int64_t i)
{
	sp_json_key(j, key);
	sp_json_int(j, i);
}

static void key_bool(struct sp_json *j, const char *key, bool b)
{
	sp_json_key(j, key);
	sp_json_bool(j, b);
}

/* "$ref" to one of the definitions at the end. */
static void ref_text(struct sp_json *j)
{
	key_str(j, "$ref", "#/$defs/text");
}

static void map_of_text(struct sp_json *j, const char *key)
{
	sp_json_key(j, key);
	sp_json_map(j);
	ref_text(j);
	sp_json_map_end(j);
}

/* The choices; those that YAML takes for something else in both ways. */
static void enum_values(struct sp_json *j, const char *const *choices)
{
	int64_t i;

	sp_json_key(j, "enum");
	sp_json_list(j);
	for (; *choices; choices++) {
		sp_json_str(j, *choices);
		if (sp_streq(*choices, "true") || sp_streq(*choices, "false"))
			sp_json_bool(j, **choices == 't');
		else if (sp_parse_int(*choices, INT64_MIN, INT64_MAX, &i))
			sp_json_int(j, i);
	}
	sp_json_list_end(j);
}

static void describe(struct sp_json *j, const struct sp_field *f)
{
	sp_auto_buf text = { 0 };

	sp_buf_add(&text, f->doc ? f->doc : "");
	if (f->unit)
		sp_buf_addf(&text, " Unit: %s.", f->unit);
	if (f->dflt)
		sp_buf_addf(&text, " Default: %s.", f->dflt);
	if (text.len)
		key_str(j, "description", sp_buf_cstr(&text));
	if (f->flags & SP_F_SECRET)
		key_bool(j, "writeOnly", true);
}

static void field_schema(struct sp_json *j, const struct sp_field *f)
{
	int64_t i;

	sp_json_map(j);
	describe(j, f);
	switch (f->type) {
	case SP_T_BOOL:
		key_str(j, "type", "boolean");
		if (f->dflt &&
		    (sp_streq(f->dflt, "true") || sp_streq(f->dflt, "false")))
			key_bool(j, "default", *f->dflt == 't');
		break;
	case SP_T_INT:
		key_str(j, "type", "integer");
		key_int(j, "minimum", f->min);
		key_int(j, "maximum", f->max);
		if (f->dflt && sp_parse_int(f->dflt, f->min, f->max, &i))
			key_int(j, "default", i);
		break;
	case SP_T_STR:
		ref_text(j);
		break;
	case SP_T_ENUM:
		enum_values(j, f->choices);
		break;
	case SP_T_LIST:
	case SP_T_SET:
		key_str(j, "type", "array");
		map_of_text(j, "items");
		key_int(j, "maxItems", SP_LIST_MAX);
		if (f->type == SP_T_SET)
			key_bool(j, "uniqueItems", true);
		break;
	case SP_T_MAP:
		key_str(j, "type", "object");
		map_of_text(j, "additionalProperties");
		key_int(j, "maxProperties", SP_LIST_MAX);
		break;
	}
	sp_json_map_end(j);
}

/* What comes behind @prefix in a dotted name below it, or NULL. */
static const char *part_below(const char *name, const char *prefix)
{
	size_t len = strlen(prefix);

	if (!len)
		return name;
	if (strncmp(name, prefix, len) == 0 && name[len] == '.')
		return name + len + 1;
	return NULL;
}

/* "required": the keys below @prefix that lead to a required field. */
static void required(struct sp_json *j, const struct sp_kind *kind,
		     const char *prefix, const char *first)
{
	sp_auto_strv keys = { 0 };
	const struct sp_field *f;

	if (first)
		sp_strv_add(&keys, first);
	for (f = kind->fields; f->name; f++) {
		const char *part = part_below(f->name, prefix);
		sp_auto_free char *key = NULL;

		if (!part || !(f->flags & SP_F_REQUIRED))
			continue;
		key = sp_xstrndup(part, strcspn(part, "."));
		if (!sp_strv_has(&keys, key))
			sp_strv_add(&keys, key);
	}
	if (!keys.n)
		return;
	sp_json_key(j, "required");
	sp_json_strv(j, &keys);
}

static void section_schema(struct sp_json *j, const char *path);

/* A map's keys: of sections below @section, of a kind's entry. */
static void properties(struct sp_json *j, const char *section,
		       const struct sp_kind *kind, const char *prefix);

/* A map of fields below @prefix: "ipv4". */
static void nested_schema(struct sp_json *j, const struct sp_kind *kind,
			  const char *prefix)
{
	sp_json_map(j);
	key_str(j, "type", "object");
	properties(j, NULL, kind, prefix);
	required(j, kind, prefix, NULL);
	sp_json_map_end(j);
}

static void ensure_schema(struct sp_json *j)
{
	static const char *const choices[] = { "present", "absent", NULL };

	sp_json_map(j);
	key_str(j, "description",
		"Absent: it is removed if it is there.  Default: present.");
	enum_values(j, choices);
	sp_json_map_end(j);
}

static void name_schema(struct sp_json *j)
{
	sp_json_map(j);
	key_str(j, "$ref", "#/$defs/name");
	sp_json_map_end(j);
}

static bool has_section_below(const char *path)
{
	const struct sp_kind *const *k;

	for (k = sp_kinds; *k; k++)
		if (part_below((*k)->section, path))
			return true;
	return false;
}

static const struct sp_kind *kind_of_section(const char *path)
{
	const struct sp_kind *const *k;

	for (k = sp_kinds; *k; k++)
		if (sp_streq((*k)->section, path))
			return *k;
	return NULL;
}

static void property(struct sp_json *j, const char *section,
		     const struct sp_kind *kind, const char *prefix,
		     const char *key)
{
	sp_auto_free char *path = NULL;
	bool list = kind && kind->shape == SP_SHAPE_LIST;
	int f;

	sp_json_key(j, key);
	if (section) {
		path = *section ? sp_asprintf("%s.%s", section, key)
				: sp_xstrdup(key);
		if (!*section && sp_streq(key, "sprout")) {
			sp_json_map(j);
			key_str(j, "description", "Format of the profile.");
			key_int(j, "const", 1);
			sp_json_map_end(j);
			return;
		}
		if (kind_of_section(path) || has_section_below(path)) {
			section_schema(j, path);
			return;
		}
		free(path);
		path = NULL;
	}
	if (list && !*prefix && sp_streq(key, "name")) {
		name_schema(j);
		return;
	}
	if (list && !*prefix && sp_streq(key, "ensure")) {
		ensure_schema(j);
		return;
	}
	path = *prefix ? sp_asprintf("%s.%s", prefix, key) : sp_xstrdup(key);
	f = sp_field_find(kind->fields, path);
	if (f >= 0)
		field_schema(j, &kind->fields[f]);
	else
		nested_schema(j, kind, path);
}

static void properties(struct sp_json *j, const char *section,
		       const struct sp_kind *kind, const char *prefix)
{
	sp_auto_strv keys = { 0 };
	size_t i;

	sp_profile_keys(&keys, section, kind, prefix);
	sp_json_key(j, "properties");
	sp_json_map(j);
	for (i = 0; i < keys.n; i++)
		property(j, section, kind, prefix, keys.v[i]);
	sp_json_map_end(j);
	key_bool(j, "additionalProperties", false);
}

/* An entry of a list section: what is required is so unless it is removed. */
static void item_schema(struct sp_json *j, const struct sp_kind *kind)
{
	sp_json_map(j);
	key_str(j, "type", "object");
	properties(j, NULL, kind, "");
	if (kind->flags & SP_KIND_NOREMOVE) {
		required(j, kind, "", "name");
		sp_json_map_end(j);
		return;
	}
	sp_json_key(j, "required");
	sp_json_list(j);
	sp_json_str(j, "name");
	sp_json_list_end(j);
	sp_json_key(j, "if");
	sp_json_map(j);
	sp_json_key(j, "properties");
	sp_json_map(j);
	sp_json_key(j, "ensure");
	sp_json_map(j);
	key_str(j, "const", "present");
	sp_json_map_end(j);
	sp_json_map_end(j);
	sp_json_map_end(j);
	sp_json_key(j, "then");
	sp_json_map(j);
	required(j, kind, "", NULL);
	sp_json_map_end(j);
	sp_json_map_end(j);
}

static void section_schema(struct sp_json *j, const char *path)
{
	const struct sp_kind *kind = kind_of_section(path);

	if (kind && kind->shape == SP_SHAPE_SCALAR) {
		field_schema(j, &kind->fields[0]);
		return;
	}
	sp_json_map(j);
	if (kind)
		key_str(j, "description", kind->summary);
	if (kind && kind->shape == SP_SHAPE_LIST) {
		key_str(j, "type", "array");
		sp_json_key(j, "items");
		item_schema(j, kind);
	} else {
		key_str(j, "type", "object");
		properties(j, path, kind, "");
		/* With sections below, the kind itself may be left out. */
		if (kind && !has_section_below(path))
			required(j, kind, "", NULL);
	}
	sp_json_map_end(j);
}

static void definitions(struct sp_json *j)
{
	sp_json_key(j, "$defs");
	sp_json_map(j);
	sp_json_key(j, "text");
	sp_json_map(j);
	sp_json_key(j, "type");
	sp_json_list(j);
	sp_json_str(j, "string");
	sp_json_str(j, "number");
	sp_json_str(j, "boolean");
	sp_json_list_end(j);
	key_int(j, "maxLength", SP_TEXT_MAX);
	sp_json_map_end(j);
	sp_json_key(j, "name");
	sp_json_map(j);
	key_str(j, "description", "Name of the entry, one of its kind.");
	ref_text(j);
	key_int(j, "minLength", 1);
	key_int(j, "maxLength", SP_NAME_MAX);
	sp_json_map_end(j);
	sp_json_map_end(j);
}

void sp_schema_write(struct sp_buf *out)
{
	struct sp_json j;

	sp_json_init(&j, out, SP_JSON_INDENT);
	sp_json_map(&j);
	key_str(&j, "$schema", "https://json-schema.org/draft/2020-12/schema");
	key_str(&j, "title", "sprout profile");
	key_str(&j, "type", "object");
	properties(&j, "", NULL, "");
	sp_json_key(&j, "required");
	sp_json_list(&j);
	sp_json_str(&j, "sprout");
	sp_json_list_end(&j);
	definitions(&j);
	sp_json_map_end(&j);
	sp_buf_addc(out, '\n');
}
