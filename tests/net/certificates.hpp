#pragma once

#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

namespace daedap::test {

/// A certification authority of the test's own, in a folder that goes with it. Files are PEM.
class Certificates {
 public:
  struct Pair {
    std::string certificate, key;
  };
  Certificates() {
    static int count = 0;
    folder_ = testing::TempDir() + "daedap_tls_" + std::to_string(::getpid()) + "_" + std::to_string(++count);
    std::filesystem::create_directories(folder_);
    ca_key_ = EVP_EC_gen("P-256");
    ca_ = make(ca_key_, "Test CA", "", 0, 30);
    write_certificate("ca.pem", ca_);
  }
  ~Certificates() {
    X509_free(ca_);
    EVP_PKEY_free(ca_key_);
    std::filesystem::remove_all(folder_);
  }
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;

  std::string ca() const { return folder_ + "/ca.pem"; }
  std::string file(const std::string& name, const std::string& text = {}) const {
    if (!text.empty()) std::ofstream(folder_ + "/" + name) << text;
    return folder_ + "/" + name;
  }
  /// `names` as in a subjectAltName: "DNS:sip.example.test,IP:127.0.0.1". Days count from now.
  Pair issue(const std::string& name, const std::string& names, int from_day = 0, int to_day = 30) {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = make(key, name, names, from_day, to_day);
    const Pair pair{write_certificate(name + ".pem", certificate), file(name + ".key")};
    std::FILE* out = std::fopen(pair.key.c_str(), "w");
    PEM_write_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(out);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return pair;
  }

 private:
  X509* make(EVP_PKEY* key, const std::string& name, const std::string& names, int from_day, int to_day) {
    X509* x = X509_new();
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial_);
    X509_gmtime_adj(X509_getm_notBefore(x), from_day * 86'400L - 60);
    X509_gmtime_adj(X509_getm_notAfter(x), to_day * 86'400L);
    X509_set_pubkey(x, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509_set_issuer_name(x, X509_get_subject_name(ca_ ? ca_ : x));
    X509V3_CTX context;
    X509V3_set_ctx(&context, ca_ ? ca_ : x, x, nullptr, nullptr, 0);
    const auto add = [&](int id, const char* value) {
      X509_EXTENSION* e = X509V3_EXT_conf_nid(nullptr, &context, id, value);
      X509_add_ext(x, e, -1);
      X509_EXTENSION_free(e);
    };
    if (!ca_) add(NID_basic_constraints, "critical,CA:TRUE");
    if (!names.empty()) add(NID_subject_alt_name, names.c_str());
    X509_sign(x, ca_key_, EVP_sha256());
    return x;
  }
  std::string write_certificate(const std::string& name, X509* certificate) const {
    std::FILE* out = std::fopen(file(name).c_str(), "w");
    PEM_write_X509(out, certificate);
    std::fclose(out);
    return file(name);
  }

  std::string folder_;
  EVP_PKEY* ca_key_ = nullptr;
  X509* ca_ = nullptr;
  long serial_ = 0;
};

}  // namespace daedap::test
