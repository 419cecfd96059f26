/* The addon's table of functions; src/host/native.ts says what each one takes and gives. */
#include <pcap/pcap.h>

#include "capture-calls.h"
#include "datagrams.h"
#include "devices.h"
#include "file-lock.h"
#include "interface-notices.h"
#include "local-time.h"
#include "owners/socket-look-ups-calls.h"
#include "owners/syn-watch-calls.h"
#include "packet-socket.h"
#include "poll-guard.h"
#include "privileges.h"
#include "process.h"
#include "read-ahead-calls.h"
#include "read-ahead.h"
#include "receive-buffer.h"
#include "tcp.h"
#include "values.h"

/* Steps with this table; native.ts names the version that it knows. */
#define VERSION 23

static const struct {
  const char *name;
  napi_callback function;
} functions[] = {
  { "open", capture_calls_open },
  { "linkType", capture_calls_link_type },
  { "namesPass", capture_calls_names_pass },
  { "descriptor", capture_calls_descriptor },
  { "poll", capture_calls_poll },
  { "rest", capture_calls_rest },
  { "read", capture_calls_read },
  { "statistics", capture_calls_statistics },
  { "close", capture_calls_close },
  { "openAhead", read_ahead_calls_open },
  { "nextAhead", read_ahead_calls_next },
  { "offsetAhead", read_ahead_calls_offset },
  { "closeAhead", read_ahead_calls_close },
  { "listDevices", devices_list },
  { "openInterfaceNotices", interface_notices_open },
  { "readInterfaceNotices", interface_notices_read },
  { "listen", packet_socket_listen },
  { "standBy", packet_socket_stand_by },
  { "makePromiscuous", packet_socket_make_promiscuous },
  { "pause", packet_socket_pause },
  { "takeOver", packet_socket_take_over },
  { "ignoreOutgoing", packet_socket_ignore_outgoing },
  { "packetStatistics", packet_socket_statistics },
  { "interfaceState", packet_socket_interface_state },
  { "guardPoll", poll_guard_attach },
  { "unguardPoll", poll_guard_detach },
  { "dropCapabilities", privileges_drop },
  { "connectDatagrams", datagrams_connect },
  { "connectUnixDatagrams", datagrams_connect_unix },
  { "sendDatagram", datagrams_send },
  { "sendInFragments", datagrams_send_in_fragments },
  { "pathMtu", datagrams_path_mtu },
  { "receiveBuffer", receive_buffer_ask },
  { "openSocketLookUps", socket_look_ups_calls_open },
  { "lookUpSockets", socket_look_ups_calls_ask },
  { "openSynWatch", syn_watch_calls_open },
  { "startSynWatch", syn_watch_calls_start },
  { "readSynWatch", syn_watch_calls_read },
  { "synWatchCounts", syn_watch_calls_counts },
  { "closeSynWatch", syn_watch_calls_close },
  { "unacknowledged", tcp_unacknowledged },
  { "unanswered", tcp_unanswered },
  { "lockFile", file_lock_take },
  { "localTime", local_time_at },
  { "forbidCore", process_forbid_core },
  { "exit", process_exit },
};

NAPI_MODULE_INIT() {
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    napi_value function;
    const char *name = functions[i].name;
    NAPI_MUST(napi_create_function(env, name, NAPI_AUTO_LENGTH, functions[i].function, NULL, &function));
    values_set(env, exports, name, function);
  }
  values_set_number(env, exports, "version", VERSION);
  values_set_number(env, exports, "aheadSlots", READ_AHEAD_SLOTS);
  values_set_number(env, exports, "aheadSlotBytes", READ_AHEAD_SLOT_BYTES);
  values_set_string(env, exports, "libpcapVersion", pcap_lib_version());
  return exports;
}
