// Names, defaults and rules: the SDConfig structs of Prometheus 3.14, package discovery.
#include "server/config/other_discoveries.h"

#include "server/config/kubernetes_rules.h"
#include "server/config/section_reader.h"

namespace narthex::server {

namespace {

void Port(SectionReader& section) { section.Integer("port"); }

void CheckAwsAccess(SectionReader& s) {
  s.Texts({"region", "endpoint", "access_key", "profile", "role_arn", "external_id"});
  s.Secret("secret_key");
  Port(s);
  s.RefreshInterval();
  s.Http();
}

void CheckAws(SectionReader& s) {
  s.Require("role");
  s.OneOf("role", {"ec2", "ecs", "elasticache", "lightsail", "msk", "rds"});
  CheckAwsAccess(s);
  s.Filters("filters");
  s.TextList("clusters");
}

void CheckEc2(SectionReader& s) {
  CheckAwsAccess(s);
  s.Filters("filters", SectionReader::kWithValues);
}

void CheckAwsClusters(SectionReader& s) {
  CheckAwsAccess(s);
  s.TextList("clusters");
  s.Integer("request_concurrency");
}

void CheckRds(SectionReader& s) {
  CheckAwsClusters(s);
  s.Filters("filters");
}

void CheckAzure(SectionReader& s) {
  s.Texts({"environment", "subscription_id", "tenant_id", "client_id", "authentication_method",
           "resource_group"});
  s.Secret("client_secret");
  Port(s);
  s.RefreshInterval();
  s.Http();
  s.Require("subscription_id");
  s.OneOf("authentication_method", {"OAuth", "ManagedIdentity", "SDK", "WorkloadIdentity"});
  if (s.TextOr("authentication_method", "OAuth") == "OAuth") {
    for (const std::string_view field : {"tenant_id", "client_id", "client_secret"})
      s.Require(field);
  }
}

void CheckConsul(SectionReader& s) {
  s.Texts({"server", "path_prefix", "datacenter", "namespace", "partition", "tag_separator",
           "scheme", "username", "filter", "health_filter"});
  s.Secret("token");
  s.Secret("password");
  s.Flag("allow_stale");
  s.RefreshInterval();
  s.TextList("services");
  s.TextList("tags");
  s.TextMap("node_meta");
  s.Http();
  if (s.TextOr("server", "localhost:8500").empty()) s.Refuse("server is empty");
  const bool password = s.Has("username") || s.Has("password");
  s.Exclude(password && s.Has("basic_auth"), "username and password, and basic_auth");
  s.Exclude(s.Has("token") && (s.Has("authorization") || s.Has("oauth2")),
            "token, authorization and oauth2");
}

void CheckDigitalOcean(SectionReader& s) {
  Port(s);
  s.RefreshInterval();
  s.OneOf("role", {"droplets", "databases"});
  s.Http();
}

void CheckDocker(SectionReader& s) {
  s.Texts({"host", "host_networking_host"});
  Port(s);
  s.Filters("filters");
  s.RefreshInterval();
  s.Flag("match_first_network");
  s.Http();
  s.Require("host");
}

void CheckDockerSwarm(SectionReader& s) {
  s.Text("host");
  Port(s);
  s.Filters("filters");
  s.RefreshInterval();
  s.Http();
  s.Require("host");
  s.Require("role");
  s.OneOf("role", {"services", "nodes", "tasks"});
}

void CheckEureka(SectionReader& s) {
  s.RefreshInterval();
  s.Http();
  s.Url("server");
}

void CheckGce(SectionReader& s) {
  s.Texts({"project", "zone", "filter", "tag_separator"});
  Port(s);
  s.RefreshInterval();
  s.Require("project");
  s.Require("zone");
}

void CheckHetzner(SectionReader& s) {
  Port(s);
  s.RefreshInterval();
  s.Text("label_selector");
  s.Http();
  s.Require("role");
  s.OneOf("role", {"robot", "hcloud"});
}

void CheckIonos(SectionReader& s) {
  s.Text("datacenter_id");
  Port(s);
  s.RefreshInterval();
  s.Http();
  s.Require("datacenter_id");
}

void CheckKuma(SectionReader& s) {
  s.RefreshInterval();
  s.Time("fetch_timeout");
  s.Text("client_id");
  s.Http();
  s.Url("server");
}

void CheckLinode(SectionReader& s) {
  Port(s);
  s.RefreshInterval();
  s.Texts({"tag_separator", "region"});
  s.Http();
}

void CheckMarathon(SectionReader& s) {
  s.TextList("servers");
  s.RefreshInterval();
  s.Secret("auth_token");
  s.Text("auth_token_file");
  s.Http();
  s.Require("servers");
  s.Exclude(s.Has("auth_token") && s.Has("auth_token_file"), "auth_token and auth_token_file");
  if (!s.Has("auth_token") && !s.Has("auth_token_file")) return;
  for (const std::string_view other :
       {"basic_auth", "bearer_token", "bearer_token_file", "authorization"})
    s.Exclude(s.Has(other), "auth_token, auth_token_file and " + std::string(other));
}

void CheckNomad(SectionReader& s) {
  s.Flag("allow_stale");
  s.Texts({"namespace", "region", "server", "tag_separator"});
  s.RefreshInterval();
  s.Http();
  if (s.TextOr("server", "http://localhost:4646").empty()) s.Refuse("server is empty");
}

void CheckOci(SectionReader& s) {
  s.Texts({"tenancy", "user", "fingerprint", "key_file", "key_passphrase_file", "region"});
  s.Secret("key_passphrase");
  s.TextList("compartments");
  Port(s);
  s.RefreshInterval();
  s.Http();
  s.Require("region");
  s.OneOf("auth", {"api_key", "instance_principal"});
  constexpr std::string_view kKeyFields[] = {"tenancy", "user", "fingerprint", "key_file"};
  if (s.TextOr("auth", "api_key") == "api_key") {
    for (const std::string_view field : kKeyFields) s.Require(field);
    s.Exclude(s.Has("key_passphrase") && s.Has("key_passphrase_file"),
              "key_passphrase and key_passphrase_file");
    return;
  }
  for (const std::string_view field : kKeyFields)
    s.Exclude(s.Has(field), std::string(field) + " and auth: instance_principal");
  s.Exclude(s.Has("key_passphrase") || s.Has("key_passphrase_file"),
            "a key_passphrase and auth: instance_principal");
}

void CheckOpenStack(SectionReader& s) {
  s.Texts({"identity_endpoint", "username", "userid", "project_name", "project_id", "domain_name",
           "domain_id", "application_credential_name", "application_credential_id", "region"});
  s.Secret("password");
  s.Secret("application_credential_secret");
  s.RefreshInterval();
  Port(s);
  s.Flag("all_tenants");
  s.Tls();
  s.Require("role");
  s.OneOf("role", {"hypervisor", "instance", "loadbalancer"});
  s.OneOf("availability", {"public", "internal", "admin"});
  s.Require("region");
}

void CheckSecretKey(SectionReader& s) {
  s.Secret("secret_key");
  s.Text("secret_key_file");
  s.Exclude(s.Has("secret_key") && s.Has("secret_key_file"), "secret_key and secret_key_file");
  if (!s.Has("secret_key") && !s.Has("secret_key_file"))
    s.Refuse("secret_key or secret_key_file is missing");
}

void CheckOutscale(SectionReader& s) {
  s.Texts({"endpoint", "region", "access_key"});
  Port(s);
  s.RefreshInterval();
  s.Http();
  if (s.TextOr("region", "eu-west-2").empty()) s.Refuse("region is empty");
  s.Require("access_key");
  CheckSecretKey(s);
}

void CheckOvhCloud(SectionReader& s) {
  s.Texts({"endpoint", "application_key"});
  s.Secret("application_secret");
  s.Secret("consumer_key");
  s.RefreshInterval();
  if (s.TextOr("endpoint", "ovh-eu").empty()) s.Refuse("endpoint is empty");
  for (const std::string_view field : {"application_key", "application_secret", "consumer_key"})
    s.Require(field);
  s.Require("service");
  s.OneOf("service", {"dedicated_server", "vps"});
}

void CheckPuppetDb(SectionReader& s) {
  s.Text("query");
  s.Flag("include_parameters");
  Port(s);
  s.RefreshInterval();
  s.Http();
  s.Url("url");
  s.Require("query");
}

void CheckScaleway(SectionReader& s) {
  s.Texts({"project_id", "api_url", "zone", "access_key", "name_filter"});
  s.TextList("tags_filter");
  s.RefreshInterval();
  Port(s);
  s.Http();
  s.Require("role");
  s.OneOf("role", {"instance", "baremetal"});
  s.Require("project_id");
  s.Require("access_key");
  CheckSecretKey(s);
}

void CheckStackit(SectionReader& s) {
  s.Texts({"project", "region", "endpoint", "service_account_key_path", "private_key_path",
           "credentials_file_path"});
  s.Secret("service_account_key");
  s.Secret("private_key");
  Port(s);
  s.RefreshInterval();
  s.Http();
  if (s.TextOr("region", "eu01").empty() && !s.Has("endpoint"))
    s.Refuse("region or endpoint is missing");
  if (s.Has("endpoint")) s.Url("endpoint");
}

void CheckTriton(SectionReader& s) {
  s.Texts({"account", "dns_suffix", "endpoint"});
  s.TextList("groups");
  Port(s);
  s.RefreshInterval();
  s.Integer("version");
  s.Tls();
  s.OneOf("role", {"container", "cn"});
  for (const std::string_view field : {"account", "dns_suffix", "endpoint"}) s.Require(field);
}

void CheckUyuni(SectionReader& s) {
  s.Texts({"server", "username", "entitlement", "separator"});
  s.Secret("password");
  s.RefreshInterval();
  s.Http();
  for (const std::string_view field : {"server", "username", "password"}) s.Require(field);
}

void CheckVultr(SectionReader& s) {
  Port(s);
  s.RefreshInterval();
  s.Http();
}

void CheckZooKeeper(SectionReader& s) {
  s.TextList("servers");
  s.TextList("paths");
  s.Time("timeout");
  s.Require("servers");
  s.Require("paths");
  for (const std::string& path : s.ListOf("paths")) {
    if (path.empty() || path[0] != '/') s.Refuse("paths must begin with '/', got " + Quote(path));
  }
}

constexpr DiscoveryKind kKinds[] = {
    {"aws_sd_configs", CheckAws},
    {"azure_sd_configs", CheckAzure},
    {"consul_sd_configs", CheckConsul},
    {"digitalocean_sd_configs", CheckDigitalOcean},
    {"docker_sd_configs", CheckDocker},
    {"dockerswarm_sd_configs", CheckDockerSwarm},
    {"ec2_sd_configs", CheckEc2},
    {"ecs_sd_configs", CheckAwsClusters},
    {"elasticache_sd_configs", CheckAwsClusters},
    {"eureka_sd_configs", CheckEureka},
    {"gce_sd_configs", CheckGce},
    {"hetzner_sd_configs", CheckHetzner},
    {"ionos_sd_configs", CheckIonos},
    {"kubernetes_sd_configs", CheckKubernetes},
    {"kuma_sd_configs", CheckKuma},
    {"lightsail_sd_configs", CheckAwsAccess},
    {"linode_sd_configs", CheckLinode},
    {"marathon_sd_configs", CheckMarathon},
    {"msk_sd_configs", CheckAwsClusters},
    {"nerve_sd_configs", CheckZooKeeper},
    {"nomad_sd_configs", CheckNomad},
    {"oci_sd_configs", CheckOci},
    {"openstack_sd_configs", CheckOpenStack},
    {"outscale_sd_configs", CheckOutscale},
    {"ovhcloud_sd_configs", CheckOvhCloud},
    {"puppetdb_sd_configs", CheckPuppetDb},
    {"rds_sd_configs", CheckRds},
    {"scaleway_sd_configs", CheckScaleway},
    {"serverset_sd_configs", CheckZooKeeper},
    {"stackit_sd_configs", CheckStackit},
    {"triton_sd_configs", CheckTriton},
    {"uyuni_sd_configs", CheckUyuni},
    {"vultr_sd_configs", CheckVultr},
};

}  // namespace

std::span<const DiscoveryKind> OtherDiscoveryKinds() { return kKinds; }

Status Bind(const config::Node& node, OtherDiscovery& value) {
  RETURN_IF_ERROR(config::WantKind(node, config::Node::Kind::kSequence));
  value.sections = node;
  for (config::Node& section : value.sections.items) {
    RETURN_IF_ERROR(config::WantKind(section, config::Node::Kind::kMapping));
    SectionReader reader(section);
    value.kind->check(reader);
    RETURN_IF_ERROR(reader.Finish());
  }
  return {};
}

}  // namespace narthex::server
