/** The words of --help around the table of options, as they are shown, for 80 columns. */

export const usage = `Usage: pcap-agg [options] [filter words]
       pcap-agg doctor [options] [filter words]
       pcap-agg verify [HOST:PORT]

Captures packets, sums them per flow, names and labels both ends, and sends one
JSON record per flow at the end of each interval. Words after the options are a
filter in pcap-filter syntax, for captures on an interface. Without -i and -r,
pcap-agg reads stdin if that is a pipe or a file; if not, it captures on the
interface of the default route.

  sudo pcap-agg -i eth0 --to 127.0.0.1:10518
  pcap-agg -r capture.pcap --interval 0
  tcpdump -l -i eth0 -nn -tttt port not 10518 | pcap-agg --to 127.0.0.1:10518

doctor checks whether a run with the same options can work, and says how to fix
what cannot. verify receives records that --seq numbered, from a UDP port or
stdin, and says which are missing. Each has its own --help.`;

export const epilogue = `Options can also be set by environment variables: PCAP_AGG_MAX_FLOWS=1000 for
--max-flows 1000, PCAP_AGG_NO_NAMES=1 for --no-names. Separate several values of
one option by spaces. The command line overrides the environment.

SIGINT (Ctrl-C) and SIGTERM end pcap-agg, which first sends what it has. SIGHUP
does so where pcap-agg has a terminal; where not, files are opened anew, which
logrotate needs. SIGUSR1 writes the ledger, which accounts for every frame.

Exit codes: 0 it was ended, or its input ended; 1 something went wrong;
2 a wrong option or filter, no such interface or file; 77 no permission.`;

/** Those of the sub-commands, whole. */
export const subcommandHelp = {
  doctor: `Usage: pcap-agg doctor [options] [filter words]

Checks whether a capture with the same options can work: bindings, permissions,
interfaces, offloads, buffers, the clock, folders, collectors, resolvers and
address ranges. Each finding is a line, with the command that fixes it. doctor
sends an empty datagram, makes a connection or asks an empty request of each
collector, and sends one question to each resolver.

  pcap-agg doctor -i eth0 --to 127.0.0.1:10518

doctor takes all options of a run but -r, and their environment variables. What
it finds depends on -i, --engine, -B, -s, -p, -Q, --to, --schema, --network, -n,
--dns, --datadog-ranges, --datadog-site, -Z and the filter.

Exit codes: 0 nothing failed; 1 something failed; 2 a wrong option.`,
  verify: `Usage: pcap-agg verify [HOST:PORT]

Receives records that a pcap-agg numbered with --seq: at a UDP port, until
Ctrl-C, or from stdin. For each sender it says how many records came, how many
are missing, came twice or came out of order, and what they sum up to.

  pcap-agg verify 127.0.0.1:10518

verify takes no options.

Exit codes: 0 every number came exactly once; 1 one did not, no numbered record
came, or the port cannot be listened on; 2 a wrong argument.`,
} as const;
