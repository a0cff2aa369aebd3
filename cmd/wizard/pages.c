/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pages.c - what the wizard asks, in this order.  Each answer is checked by
 * the table of the kind that it becomes a field of; defaults and choices are
 * in ask.c.
 */
#include "ask.h"

const struct wz_page wz_pages[] = {
	{
		.title = "Language / 언어",
		.text = "In which language shall the questions be?\n"
			"어느 언어로 진행할까요?",
		.shown = wz_shown_language,
		.q = { { .key = "language", .form = WZ_CHOICE,
			 .label = "Language",
			 .help = N_("Only the wizard speaks it; the profile is the same in both."),
			 .dflt = wz_dflt_language,
			 .options = wz_options_language } },
	},
	{
		.title = N_("Host name"),
		.text = N_("The name of this host, best with its domain: vd01.example.com"),
		.kind = "hostname",
		.q = { { .key = "hostname", .form = WZ_LINE, .flags = WZ_NEEDED,
			 .label = N_("Host name"),
			 .help = N_("Letters, digits and hyphens, dots between the parts. Other "
				    "hosts find this one by it if the name server knows it."),
			 .kind = "hostname", .field = "hostname",
			 .dflt = wz_dflt_hostname } },
	},
	{
		.title = N_("Network card"),
		.text = N_("Through which card does this host reach the network?"),
		.kind = "connection",
		.q = { { .key = "uplink.device", .form = WZ_CHOICE,
			 .label = N_("Card"),
			 .help = N_("Shown are name, hardware address, driver and link. Virtual "
				    "devices are left out. SR-IOV tells how many virtual functions "
				    "a card can have. \"keep\" leaves the network as it is."),
			 .kind = "connection", .field = "device",
			 .dflt = wz_dflt_uplink,
			 .options = wz_options_uplink } },
	},
	{
		.title = N_("Address of this host"),
		.text = N_("Where does the host's address come from?"),
		.kind = "connection",
		.shown = wz_shown_uplink,
		.q = { { .key = "uplink.method", .form = WZ_CHOICE,
			 .label = N_("Method"),
			 .help = N_("A server that others have to find needs a static address, or "
				    "a DHCP server that always gives it the same."),
			 .kind = "connection", .field = "ipv4.method",
			 .dflt = wz_dflt_method,
			 .options = wz_options_method } },
	},
	{
		.title = N_("Static address"),
		.text = N_("Address with its prefix length, as 10.0.0.5/24; or the address alone "
			   "and the netmask below it."),
		.kind = "connection",
		.shown = wz_shown_static,
		.q = {
			{ .key = "uplink.address", .form = WZ_LINE, .flags = WZ_NEEDED,
			  .label = N_("Address"),
			  .help = N_("10.0.0.5/24, or 10.0.0.5 with the netmask on the next line."),
			  .dflt = wz_dflt_today_address,
			  .check = wz_check_address },
			{ .key = "uplink.netmask", .form = WZ_LINE,
			  .label = N_("Netmask"),
			  .help = N_("Such as 255.255.255.0; not needed behind an "
				     "address with /24."),
			  .check = wz_check_netmask,
			  .wanted = wz_wanted_netmask },
			{ .key = "uplink.gateway", .form = WZ_LINE,
			  .label = N_("Gateway"),
			  .help = N_("The router to all other networks. Empty: there is none."),
			  .kind = "connection", .field = "ipv4.gateway",
			  .dflt = wz_dflt_today_gateway },
			{ .key = "uplink.dns", .form = WZ_WORDS,
			  .label = N_("Name servers"),
			  .help = N_("Addresses of DNS servers, blanks between them."),
			  .kind = "connection", .field = "ipv4.dns",
			  .dflt = wz_dflt_today_dns },
		},
	},
	{
		.title = N_("Network of the desktops"),
		.text = N_("How do virtual desktops reach the network?"),
		.kind = "connection",
		.shown = wz_shown_uplink,
		.q = { { .key = "desktops.network", .form = WZ_CHOICE,
			 .label = N_("Network"),
			 .help = N_("NAT: this host gives desktops their addresses, they reach out "
				    "through it, and nobody outside reaches them. Bridge: desktops "
				    "are on the office network, whose router gives them addresses, "
				    "and everybody there can reach them."),
			 .kind = "connection", .field = "type",
			 .dflt = wz_dflt_desktops,
			 .options = wz_options_desktops } },
	},
	{
		.title = N_("Desktops behind NAT"),
		.text = N_("A network that is used nowhere else; its first address is this host's, "
			   "and the desktops' router."),
		.kind = "connection",
		.shown = wz_shown_nat,
		.q = {
			{ .key = "nat.address", .form = WZ_LINE, .flags = WZ_NEEDED,
			  .label = N_("Host's address there"),
			  .help = N_("With prefix length: 10.77.0.1/24 has room for 253 desktops."),
			  .kind = "connection", .field = "ipv4.addresses",
			  .dflt = wz_dflt_nat_address },
			{ .key = "nat.range", .form = WZ_LINE,
			  .label = N_("Desktops get"),
			  .help = N_("First and last address, FIRST-LAST. Empty: all of "
				     "the network."),
			  .kind = "connection", .field = "ipv4.dhcp",
			  .dflt = wz_dflt_nat_range },
		},
	},
	{
		.title = N_("Bridge for the desktops"),
		.text = N_("Which card is plugged into the bridge br0?"),
		.kind = "connection",
		.shown = wz_shown_bridge,
		.q = { { .key = "bridge.port", .form = WZ_CHOICE, .flags = WZ_NEEDED,
			 .label = N_("Card"),
			 .help = N_("The card of the host itself will do, too: then the host's "
				    "address moves to the bridge."),
			 .kind = "connection", .field = "ports",
			 .dflt = wz_dflt_port,
			 .options = wz_options_port } },
	},
	{
		.title = N_("Time zone: region"),
		.text = N_("Where is this host?"),
		.kind = "time",
		.shown = wz_shown_region,
		.q = { { .key = "time.region", .form = WZ_CHOICE,
			 .label = N_("Region"),
			 .help = N_("\"keep\" leaves the time zone as it is."),
			 .dflt = wz_dflt_region,
			 .options = wz_options_region } },
	},
	{
		.title = N_("Time zone: city"),
		.text = N_("A city with the same time; the list goes on below."),
		.kind = "time",
		.shown = wz_shown_city,
		.q = { { .key = "time.zone", .form = WZ_CHOICE,
			 .label = N_("Time zone"),
			 .help = N_("A name of the time zone database, such as Asia/Seoul."),
			 .kind = "time", .field = "zone",
			 .dflt = wz_dflt_zone,
			 .options = wz_options_zone } },
	},
	{
		.title = N_("Time servers"),
		.text = N_("Desktops depend on the right time. Leave both empty to leave chrony as "
			   "it is."),
		.kind = "ntp",
		.q = {
			{ .key = "ntp.pools", .form = WZ_WORDS,
			  .label = N_("Pools"),
			  .help = N_("Names that stand for several servers, such as "
				     "kr.pool.ntp.org."),
			  .kind = "ntp", .field = "pools",
			  .dflt = wz_dflt_pools },
			{ .key = "ntp.servers", .form = WZ_WORDS,
			  .label = N_("Servers"),
			  .help = N_("Time servers of your own, by name or address."),
			  .kind = "ntp", .field = "servers",
			  .dflt = wz_dflt_servers },
		},
	},
	{
		.title = N_("Updates"),
		.text = N_("Which updates of installed packages are taken?"),
		.kind = "package",
		.q = { { .key = "packages.update", .form = WZ_CHOICE,
			 .label = N_("Updates"),
			 .help = N_("Updates come from the repositories of this host, with the "
				    "packages below in one transaction."),
			 .kind = "package", .field = "update",
			 .dflt = wz_dflt_update,
			 .options = wz_options_update } },
	},
	{
		.title = N_("Packages"),
		.text = N_("Packages to install from the repositories, in one transaction."),
		.kind = "package",
		.q = { { .key = "packages.install", .form = WZ_WORDS,
			 .label = N_("Packages"),
			 .help = N_("Names with blanks between them. What is installed already "
				    "stays as it is. While this host has no network yet, leave it "
				    "empty."),
			 .kind = "package", .field = "install",
			 .dflt = wz_dflt_packages } },
	},
	{
		.title = N_("Packages on a USB stick"),
		.text = N_("VERDE's packages are taken from a stick with this label. Leave the "
			   "label empty if there is none."),
		.kind = "media",
		.q = {
			{ .key = "media.label", .form = WZ_LINE,
			  .label = N_("Label"),
			  .help = N_("The stick's file system label. Only removable USB devices "
				     "are looked at; two with this label are refused."),
			  .kind = "media", .field = "label" },
			{ .key = "media.match", .form = WZ_LINE,
			  .label = N_("Files"),
			  .help = N_("A pattern of file names, such as VERDE-*.rpm."),
			  .kind = "media", .field = "match",
			  .dflt = wz_dflt_match,
			  .wanted = wz_wanted_media },
			{ .key = "media.keys", .form = WZ_WORDS,
			  .label = N_("Signing keys"),
			  .help = N_("Files with the keys that must have signed the packages. "
				     "Nothing unsigned is installed."),
			  .kind = "media", .field = "keys",
			  .wanted = wz_wanted_media },
		},
	},
	{
		.title = N_("Account for VERDE"),
		.text = N_("The account that VERDE runs under. It needs no root rights. Leave the "
			   "name empty for none."),
		.kind = "user",
		.q = {
			{ .key = "user.name", .form = WZ_LINE,
			  .label = N_("Name"),
			  .help = N_("Lower case letters, digits, hyphens. An account "
				     "that is there "
				     "already keeps what is not asked here."),
			  .kind = "user", .field = "",
			  .dflt = wz_dflt_user },
			{ .key = "user.groups", .form = WZ_WORDS,
			  .label = N_("Groups"),
			  .help = N_("Groups that it is to be in, beside its own; they must exist. "
				     "Not root: that would give away the host."),
			  .kind = "user", .field = "groups",
			  .wanted = wz_shown_user },
			{ .key = "user.password_hash", .form = WZ_PASSWORD,
			  .label = N_("Password"),
			  .help = N_("At least 8 characters, asked twice. Only its hash is kept. "
				     "Empty: the account's password stays; a new one has none."),
			  .kind = "user", .field = "password_hash",
			  .wanted = wz_shown_user },
		},
	},
	{
		.title = N_("Limits of the account"),
		.text = N_("What VERDE may use at once, from its next login on."),
		.kind = "limits",
		.shown = wz_shown_user,
		.q = {
			{ .key = "limits.nproc", .form = WZ_LINE,
			  .label = N_("Processes"),
			  .help = N_("A number, or unlimited. Empty: not limited by this file."),
			  .dflt = wz_dflt_nproc,
			  .check = wz_check_nproc },
			{ .key = "limits.nofile", .form = WZ_LINE,
			  .label = N_("Open files"),
			  .help = N_("A number; 65535 is what VERDE asks for."),
			  .dflt = wz_dflt_nofile,
			  .check = wz_check_nofile },
		},
	},
	{
		.title = N_("SELinux"),
		.text = N_("It keeps a service that was broken into from the rest of the host."),
		.kind = "selinux",
		.q = { { .key = "selinux.mode", .form = WZ_CHOICE,
			 .label = N_("Mode"),
			 .help = N_("permissive only reports what enforcing would stop. From "
				    "disabled, the way back relabels all files at boot."),
			 .kind = "selinux", .field = "mode",
			 .dflt = wz_dflt_selinux,
			 .options = wz_options_selinux } },
	},
	{
		.title = N_("Firewall"),
		.text = N_("Shall the firewall (firewalld) run?"),
		.kind = "firewall",
		.q = { { .key = "firewall.state", .form = WZ_CHOICE,
			 .label = N_("Firewall"),
			 .help = N_("Disabled, every service on this host can be reached by "
				    "everybody on its networks."),
			 .kind = "firewall", .field = "state",
			 .dflt = wz_dflt_firewall,
			 .options = wz_options_firewall } },
	},
	{
		.title = N_("Firewall: what is let in"),
		.text = N_("Exactly these services and ports are let in. Without ssh "
			   "you reach this "
			   "host at its console only."),
		.kind = "zone",
		.shown = wz_shown_zone,
		.q = {
			{ .key = "firewall.zone", .form = WZ_LINE, .flags = WZ_NEEDED,
			  .label = N_("Zone"),
			  .help = N_("firewalld's name for a side of the host; public is usual."),
			  .kind = "zone", .field = "",
			  .dflt = wz_dflt_fwzone },
			{ .key = "firewall.services", .form = WZ_WORDS,
			  .label = N_("Services"),
			  .help = N_("Names that firewalld knows: ssh, cockpit, https."),
			  .kind = "zone", .field = "services",
			  .dflt = wz_dflt_services },
			{ .key = "firewall.ports", .form = WZ_WORDS,
			  .label = N_("Ports"),
			  .help = N_("PORT/PROTOCOL or FIRST-LAST/PROTOCOL: 5900-5999/tcp are the "
				     "screens of desktops."),
			  .kind = "zone", .field = "ports",
			  .dflt = wz_dflt_ports },
		},
	},
	{
		.title = N_("Virtual machines"),
		.text = N_("Shall this host run virtual machines?"),
		.kind = "hypervisor",
		.q = { { .key = "hypervisor.type", .form = WZ_CHOICE,
			 .label = N_("Hypervisor"),
			 .help = N_("\"keep\" leaves that as it is."),
			 .kind = "hypervisor", .field = "type",
			 .dflt = wz_dflt_keep,
			 .options = wz_options_hypervisor } },
	},
	{
		.title = N_("VERDE itself"),
		.text = N_("What is left once VERDE and Java are installed. Leave "
			   "empty what is not "
			   "there yet: the profile can be completed later."),
		.kind = "command",
		.q = {
			{ .key = "product.java", .form = WZ_LINE,
			  .label = N_("Java program"),
			  .help = N_("What \"java\" is to be, from alternatives --display java: "
				     "/usr/lib/jvm/.../bin/java"),
			  .kind = "alternatives", .field = "path" },
			{ .key = "product.command", .form = WZ_WORDS,
			  .label = N_("Set-up command"),
			  .help = N_("VERDE's own: /usr/lib/verde/bin/verde-config -i. It is run "
				     "once, without a shell."),
			  .kind = "command", .field = "run" },
			{ .key = "product.creates", .form = WZ_LINE,
			  .label = N_("File that it makes"),
			  .help = N_("When this file is there the command is not run again."),
			  .kind = "command", .field = "creates",
			  .check = wz_check_creates,
			  .wanted = wz_wanted_creates },
		},
	},
	/* --- what few need: behind "more" on the page of the plan --- */
	{
		.title = N_("More: cards and VLAN"),
		.text = N_("Several cards as one, and the number of a tagged network. Leave empty "
			   "what you do not need."),
		.kind = "connection",
		.shown = wz_shown_uplink,
		.more = true,
		.q = {
			{ .key = "bond.ports", .form = WZ_WORDS,
			  .label = N_("Cards of the bond"),
			  .help = N_("Names of two cards or more, blanks between them; this host's "
				     "card is one of them. The host keeps its network when one "
				     "fails."),
			  .kind = "connection", .field = "ports",
			  .check = wz_check_bond },
			{ .key = "uplink.vlan", .form = WZ_LINE,
			  .label = N_("VLAN"),
			  .help = N_("The number, 1 to 4094, that the switch tags this host's "
				     "network with; the address is in that network then."),
			  .kind = "connection", .field = "vlan.id" },
		},
	},
	{
		.title = N_("More: the bond"),
		.text = N_("How does the bond use its cards?"),
		.kind = "connection",
		.shown = wz_shown_bond,
		.more = true,
		.q = { { .key = "bond.mode", .form = WZ_CHOICE,
			 .label = N_("Mode"),
			 .help = N_("802.3ad (LACP) only works with a switch that does the same on "
				    "these ports; with any other the host is cut off."),
			 .kind = "connection", .field = "bond.mode",
			 .dflt = wz_dflt_bond_mode,
			 .options = wz_options_bond_mode } },
	},
	{
		.title = N_("More: IPv6"),
		.text = N_("Where does the host's IPv6 address come from?"),
		.kind = "connection",
		.shown = wz_shown_uplink,
		.more = true,
		.q = { { .key = "uplink.ipv6", .form = WZ_CHOICE,
			 .label = N_("Method"),
			 .help = N_("\"keep\": a new connection takes what the router gives; one "
				    "that is there stays as it is."),
			 .kind = "connection", .field = "ipv6.method",
			 .dflt = wz_dflt_keep,
			 .options = wz_options_ipv6 } },
	},
	{
		.title = N_("More: static IPv6 address"),
		.text = N_("Address with its prefix length, as 2001:db8::10/64."),
		.kind = "connection",
		.shown = wz_shown_static6,
		.more = true,
		.q = {
			{ .key = "uplink.address6", .form = WZ_LINE, .flags = WZ_NEEDED,
			  .label = N_("Address"),
			  .help = N_("2001:db8::10/64: address and prefix length."),
			  .kind = "connection", .field = "ipv6.addresses" },
			{ .key = "uplink.gateway6", .form = WZ_LINE,
			  .label = N_("Gateway"),
			  .help = N_("The router to all other networks. Empty: there is none."),
			  .kind = "connection", .field = "ipv6.gateway" },
			{ .key = "uplink.dns6", .form = WZ_WORDS,
			  .label = N_("Name servers"),
			  .help = N_("Addresses of DNS servers, blanks between them."),
			  .kind = "connection", .field = "ipv6.dns" },
		},
	},
	{
		.title = N_("More: SSH key of the account"),
		.text = N_("With its key somebody logs in to the account without a password."),
		.kind = "user",
		.shown = wz_shown_user,
		.more = true,
		.q = { { .key = "user.ssh_key", .form = WZ_LINE,
			 .label = N_("Public key"),
			 .help = N_("The one line of a .pub file: ssh-ed25519 AAAA... name. Never "
				    "the private key. Empty: none is added."),
			 .kind = "user", .field = "ssh_keys" } },
	},
	{ .title = NULL },
};

size_t wz_page_questions(const struct wz_page *p)
{
	size_t n = 0;

	while (n < WZ_PAGE_QUESTIONS && p->q[n].key)
		n++;
	return n;
}
