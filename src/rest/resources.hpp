// SPDX-License-Identifier: Apache-2.0
// The routes of each resource; the router takes them all.
#pragma once

#include "cloister/rest/site.hpp"

#include <vector>

namespace cloister::rest {

std::vector<http::Route> server_routes(Site& site);          // /api /api/status /api/me …
std::vector<http::Route> config_section_routes(Site& site);  // /api/config/{section}
std::vector<http::Route> event_routes(Site& site);           // /api/events
http::WebSocketRoute event_subscription_route(Site& site);   // /api/events/subscribe
std::vector<http::Route> contents_routes(Site& site);        // /api/contents
std::vector<http::Route> checkpoint_routes(Site& site);      // … and their checkpoints
std::vector<http::Route> files_routes(Site& site);           // /files
std::vector<http::Route> kernelspec_routes(Site& site);      // /api/kernelspecs
std::vector<http::Route> kernel_routes(Site& site);          // /api/kernels
std::vector<http::Route> session_routes(Site& site);         // /api/sessions
http::WebSocketRoute kernel_channels_route(Site& site);      // /api/kernels/{id}/channels
std::vector<http::Route> lab_page_routes(Site& site);        // / /lab /doc
std::vector<http::Route> lab_settings_routes(Site& site);    // /lab/api/settings, workspaces …
std::vector<http::Route> lab_offline_routes(Site& site);     // what would ask the internet
std::vector<http::Route> lab_file_routes(Site& site);        // static files, extensions, themes

}  // namespace cloister::rest
