// SPDX-License-Identifier: Apache-2.0
#include "cloister/http/sign_in.hpp"
#include "cloister/rest/site.hpp"

#include "resources.hpp"

namespace cloister::rest {

http::Router make_router(Site& site) {
  http::Router router;
  router.add(http::sign_in_routes(site.authenticator, {}));
  for (auto routes :
       {server_routes, event_routes, config_section_routes, contents_routes, checkpoint_routes,
        files_routes, kernelspec_routes, kernel_routes, session_routes, lab_page_routes,
        lab_settings_routes, lab_offline_routes, lab_file_routes})
    router.add(routes(site));
  router.add(event_subscription_route(site));
  router.add(kernel_channels_route(site));
  return router;
}

}  // namespace cloister::rest
