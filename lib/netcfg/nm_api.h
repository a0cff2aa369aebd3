/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nm_api.h - what the two users of libnm, nm.c and nm_live.c, share: the table
 * of its functions, filled by sp_nm_load(), and the connection profile.
 */
#ifndef SPROUT_NM_API_H
#define SPROUT_NM_API_H

#define NM_VERSION_MIN_REQUIRED NM_VERSION_1_30
#include <NetworkManager.h>

#include "nm.h"

/*
 * Every function that is used, by the prototype in its header.  GLib's and
 * GObject's come with libnm.  Cast and type macros are not used: they call.
 */
/* clang-format off */
#define SP_NM_FUNCTIONS(X) \
	X(g_bus_get_sync) X(g_cancellable_cancel) X(g_cancellable_new) \
	X(g_checksum_free) X(g_checksum_get_digest) X(g_checksum_new) \
	X(g_checksum_update) X(g_dbus_connection_set_exit_on_close) \
	X(g_enum_get_value) X(g_error_free) X(g_free) X(g_get_monotonic_time) \
	X(g_hash_table_iter_init) X(g_hash_table_iter_next) \
	X(g_hash_table_unref) X(g_key_file_free) X(g_key_file_get_groups) \
	X(g_key_file_get_keys) X(g_key_file_get_value) X(g_key_file_has_key) \
	X(g_key_file_load_from_data) X(g_key_file_new) \
	X(g_key_file_remove_key) X(g_key_file_set_value) \
	X(g_key_file_to_data) X(g_log_set_default_handler) \
	X(g_main_context_iteration) X(g_object_class_find_property) \
	X(g_object_get) X(g_object_new) X(g_object_ref) X(g_object_set) \
	X(g_object_set_property) X(g_object_unref) \
	X(g_param_spec_get_default_value) X(g_source_attach) \
	X(g_source_destroy) X(g_source_set_callback) X(g_source_unref) \
	X(g_strfreev) X(g_timeout_source_new) X(g_type_class_ref) \
	X(g_type_class_unref) X(g_variant_get_boolean) \
	X(g_variant_get_string) X(g_variant_get_uint32) \
	X(g_variant_new_boolean) X(g_variant_new_string) \
	X(g_variant_new_uint32) X(g_variant_print) X(g_variant_unref) \
	X(nm_active_connection_get_devices) X(nm_active_connection_get_state) \
	X(nm_active_connection_get_state_flags) \
	X(nm_active_connection_get_state_reason) \
	X(nm_active_connection_get_uuid) X(nm_checkpoint_get_created) \
	X(nm_client_activate_connection_async) \
	X(nm_client_activate_connection_finish) \
	X(nm_client_checkpoint_adjust_rollback_timeout) \
	X(nm_client_checkpoint_adjust_rollback_timeout_finish) \
	X(nm_client_checkpoint_create) X(nm_client_checkpoint_create_finish) \
	X(nm_client_checkpoint_destroy) \
	X(nm_client_checkpoint_destroy_finish) \
	X(nm_client_checkpoint_rollback) \
	X(nm_client_checkpoint_rollback_finish) \
	X(nm_client_deactivate_connection_async) \
	X(nm_client_deactivate_connection_finish) \
	X(nm_client_get_active_connections) X(nm_client_get_checkpoints) \
	X(nm_client_get_connection_by_uuid) X(nm_client_get_connections) \
	X(nm_client_get_device_by_iface) X(nm_client_get_devices) \
	X(nm_client_get_main_context) X(nm_client_get_nm_running) \
	X(nm_client_load_connections_async) \
	X(nm_client_load_connections_finish) X(nm_client_new) \
	X(nm_connection_add_setting) X(nm_connection_compare) \
	X(nm_connection_for_each_setting_value) \
	X(nm_connection_get_setting_by_name) X(nm_connection_get_uuid) \
	X(nm_connection_normalize) X(nm_connection_remove_setting) \
	X(nm_device_bond_get_slaves) X(nm_device_bridge_get_slaves) \
	X(nm_device_delete_async) X(nm_device_delete_finish) \
	X(nm_device_ethernet_get_permanent_hw_address) \
	X(nm_device_get_active_connection) X(nm_device_get_device_type) \
	X(nm_device_get_hw_address) X(nm_device_get_iface) \
	X(nm_device_get_interface_flags) X(nm_device_get_ip4_config) \
	X(nm_device_get_ip6_config) X(nm_device_get_state) \
	X(nm_device_get_state_reason) X(nm_device_is_real) \
	X(nm_device_reapply_async) \
	X(nm_device_reapply_finish) X(nm_device_state_get_type) \
	X(nm_device_state_reason_get_type) X(nm_ip_address_get_address) \
	X(nm_ip_address_get_prefix) X(nm_ip_address_new) \
	X(nm_ip_address_unref) X(nm_ip_config_get_addresses) \
	X(nm_ip_config_get_domains) X(nm_ip_config_get_gateway) \
	X(nm_ip_config_get_nameservers) X(nm_ip_config_get_routes) \
	X(nm_ip_config_get_searches) X(nm_ip_route_get_attribute) \
	X(nm_ip_route_get_attribute_names) X(nm_ip_route_get_dest) \
	X(nm_ip_route_get_metric) X(nm_ip_route_get_next_hop) \
	X(nm_ip_route_get_prefix) X(nm_ip_route_new) \
	X(nm_ip_route_set_attribute) X(nm_ip_route_unref) \
	X(nm_keyfile_handler_data_get_context) \
	X(nm_keyfile_handler_data_warn_get) X(nm_keyfile_read) \
	X(nm_keyfile_write) X(nm_object_get_path) \
	X(nm_remote_connection_get_filename) X(nm_setting_bond_add_option) \
	X(nm_setting_bond_get_num_options) X(nm_setting_bond_get_option) \
	X(nm_setting_bond_remove_option) X(nm_setting_ip_config_add_address) \
	X(nm_setting_ip_config_add_route) \
	X(nm_setting_ip_config_clear_addresses) \
	X(nm_setting_ip_config_clear_routes) \
	X(nm_setting_ip_config_get_address) \
	X(nm_setting_ip_config_get_num_addresses) \
	X(nm_setting_ip_config_get_num_routes) \
	X(nm_setting_ip_config_get_route) X(nm_setting_lookup_type) \
	X(nm_setting_user_get_data) X(nm_setting_user_set_data) \
	X(nm_simple_connection_new) X(nm_simple_connection_new_clone)
/* clang-format on */

struct sp_nm_api {
#define X(name) __typeof__(name) *f_##name;
	SP_NM_FUNCTIONS(X)
#undef X
};

/* The table; empty before sp_nm_load() has succeeded. */
const struct sp_nm_api *sp_nm_api(void);

/* One connection profile. */
struct sp_nm {
	NMConnection *con;
};

#endif
