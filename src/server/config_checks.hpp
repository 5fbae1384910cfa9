#pragma once

#include <map>
#include <string>
#include <string_view>

#include "server/config.hpp"

namespace daedap::server {

/// Where a record or a key that was read without a fault stands in the file: "trunks[0].name" -> line.
using ConfigLines = std::map<std::string, int>;

/// LINPHONE_PASSWORD is the password of the trunk without one whose domain is sip.linphone.org, else of
/// the first trunk that has a user and no password. Says in the notes which one.
void take_trunk_password(ConfigReading& out);

/// What trunks, routes and queues must be, alone and together; adds to the faults.
void check_pbx(ConfigReading& out, const ConfigLines& lines);

/// WEBSOCKET_URLS (comma separated), AICC_WS_URL, AICC_WS_URL_1, AICC_WS_URL_2...: when one is set, they
/// are the consumers. One that the file names too keeps its token, headers and CA.
void take_event_urls(ConfigReading& out);

/// What the consumers of events must be; adds to the faults.
void check_events(ConfigReading& out, const ConfigLines& lines);

/// What the ports and addresses of plain RTP must be; adds to the faults.
void check_ingest(ConfigReading& out);

}  // namespace daedap::server
