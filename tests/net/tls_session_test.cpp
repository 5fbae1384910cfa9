#include "net/tls_session.hpp"

#include <gtest/gtest.h>

#include <random>

#include "net/certificates.hpp"
#include "net/tls_context.hpp"

namespace daedap::net {
namespace {

using test::Certificates;

std::span<const std::uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string drained(TlsSession& session) {
  std::string all;
  for (auto piece = session.read(); !piece.empty(); piece = session.read()) all.append(piece.begin(), piece.end());
  return all;
}

/// A client and a server that hand each other their bytes.
class TlsSessionTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto pair = authority.issue("server", "DNS:sip.example.test,DNS:*.pool.example.test,IP:127.0.0.1");
    files = {pair.certificate, pair.key};
    server = *TlsContext::server(files);
    client = *TlsContext::client({authority.ca(), true});
  }
  void meet(const std::string& host) {
    b = server->session();
    a = client->session(host);
    a->start();
    exchange();
  }
  void exchange() {
    for (int i = 0; i < 20; ++i) {
      const std::string from_a = a->take_output(), from_b = b->take_output();
      if (from_a.empty() && from_b.empty()) return;
      b->on_bytes(bytes_of(from_a));
      heard_b += drained(*b);
      a->on_bytes(bytes_of(from_b));
      heard_a += drained(*a);
    }
  }

  Certificates authority;
  TlsFiles files;
  std::shared_ptr<TlsContext> server, client;
  std::unique_ptr<TlsSession> a, b;
  std::string heard_a, heard_b;
};

TEST_F(TlsSessionTest, OpensWithTls13AndCarriesBytesBothWays) {
  meet("sip.example.test");
  ASSERT_TRUE(a->open() && b->open()) << a->trouble() << b->trouble();
  EXPECT_STREQ(a->version(), "TLSv1.3");
  const std::string large(100'000, 'x');
  a->write(large);
  b->write("hello");
  exchange();
  EXPECT_EQ(heard_b, large);
  EXPECT_EQ(heard_a, "hello");
}

TEST_F(TlsSessionTest, KeepsWhatIsWrittenBeforeItIsOpen) {
  b = server->session();
  a = client->session("127.0.0.1");
  a->write("early");
  EXPECT_EQ(a->waiting(), 5U);
  a->start();
  exchange();
  EXPECT_EQ(heard_b, "early");
  EXPECT_EQ(a->waiting(), 0U);
}

TEST_F(TlsSessionTest, RefusesTheCertificateOfAnotherHost) {
  meet("other.example.test");
  EXPECT_FALSE(a->open());
  EXPECT_TRUE(a->broken() && b->broken());
  EXPECT_EQ(a->trouble(), "certificate of other.example.test: hostname mismatch");
}

TEST_F(TlsSessionTest, RefusesTheCertificateOfAnotherNumber) {
  meet("127.0.0.2");
  EXPECT_TRUE(a->broken());
  EXPECT_EQ(a->trouble(), "certificate of 127.0.0.2: IP address mismatch");
}

TEST_F(TlsSessionTest, TakesAWildcardForOneLabelOnly) {
  meet("edge1.pool.example.test");
  EXPECT_TRUE(a->open());
  meet("a.b.pool.example.test");
  EXPECT_TRUE(a->broken());
}

TEST_F(TlsSessionTest, RefusesACertificateOfAnUnknownAuthority) {
  Certificates stranger;
  client = *TlsContext::client({stranger.ca(), true});
  meet("sip.example.test");
  EXPECT_TRUE(a->broken());
  EXPECT_TRUE(a->trouble().starts_with("certificate of sip.example.test: ")) << a->trouble();
  EXPECT_FALSE(b->open());
}

TEST_F(TlsSessionTest, RefusesAnExpiredCertificate) {
  const auto old = authority.issue("old", "DNS:sip.example.test", -10, -2);
  server = *TlsContext::server({old.certificate, old.key});
  meet("sip.example.test");
  EXPECT_EQ(a->trouble(), "certificate of sip.example.test: certificate has expired");
}

TEST_F(TlsSessionTest, TakesAnyCertificateWhenToldNotToVerify) {
  client = *TlsContext::client({"", false});
  meet("other.example.test");
  EXPECT_TRUE(a->open());
}

TEST_F(TlsSessionTest, ResumesASessionWithTheSameHostOnly) {
  meet("sip.example.test");
  EXPECT_FALSE(a->resumed());
  meet("sip.example.test");
  EXPECT_TRUE(a->resumed() && b->resumed());
  meet("127.0.0.1");
  EXPECT_FALSE(a->resumed());
}

TEST_F(TlsSessionTest, TellsThatThePeerSaidGoodBye) {
  meet("sip.example.test");
  a->write("last");
  a->shut_down();
  exchange();
  EXPECT_EQ(heard_b, "last");
  EXPECT_TRUE(b->closed());
  EXPECT_FALSE(b->broken());
}

TEST_F(TlsSessionTest, BreaksOnBytesThatAreNoTls) {
  b = server->session();
  b->on_bytes(bytes_of("OPTIONS sip:nobody@127.0.0.1 SIP/2.0\r\n\r\n"));
  EXPECT_TRUE(b->broken());
  EXPECT_FALSE(b->trouble().empty());
}

TEST_F(TlsSessionTest, SurvivesMutatedHandshakes) {
  std::mt19937 dice(4711);
  int opened = 0;
  for (int round = 0; round < 400; ++round) {
    b = server->session();
    a = client->session("sip.example.test");
    a->start();
    a->write("plain");
    const int victim = static_cast<int>(dice() % 4);
    for (int i = 0; i < 6; ++i) {
      std::string up = a->take_output(), down = b->take_output();
      std::string& hit = victim % 2 == 0 ? up : down;
      if (i == victim / 2 && !hit.empty()) {
        switch (dice() % 3) {
          case 0: hit[dice() % hit.size()] ^= static_cast<char>(1 + dice() % 255); break;
          case 1: hit.resize(dice() % hit.size()); break;
          default: hit.insert(dice() % hit.size(), 1 + dice() % 40, static_cast<char>(dice()));
        }
      }
      b->on_bytes(bytes_of(up));
      const std::string heard = drained(*b);
      EXPECT_TRUE(heard.empty() || heard == "plain");
      a->on_bytes(bytes_of(down));
      drained(*a);
    }
    opened += a->open() && b->open() ? 1 : 0;
  }
  EXPECT_LT(opened, 300);  // else the mutations miss what they aim at
}

TEST_F(TlsSessionTest, ShowsAFreshCertificateToNewConnectionsOnly) {
  meet("sip.example.test");
  const auto pair = authority.issue("fresh", "DNS:new.example.test");
  server->take(**TlsContext::server({pair.certificate, pair.key}));
  a->write("old connection");
  exchange();
  EXPECT_EQ(heard_b, "old connection");
  meet("new.example.test");
  EXPECT_TRUE(a->open());
  meet("sip.example.test");  // its kept session is no way around the new certificate
  EXPECT_TRUE(a->broken());
}

TEST(TlsContext, SaysWhichFileIsWrong) {
  Certificates authority;
  const auto good = authority.issue("good", "DNS:a.test");
  const auto text = [](const auto& result) { return result ? std::string("good") : result.error().message(); };
  EXPECT_EQ(text(TlsContext::server({"/nowhere.pem", good.key})), "cannot read the TLS certificate file: /nowhere.pem");
  EXPECT_EQ(text(TlsContext::server({good.certificate, "/nowhere.key"})), "cannot read the TLS key file: /nowhere.key");
  const auto other = authority.issue("other", "DNS:a.test");
  EXPECT_EQ(text(TlsContext::server({good.certificate, other.key})),
            "the TLS key does not belong to the certificate: " + other.key + ", " + good.certificate);
  const std::string junk = authority.file("junk.pem", "no certificate");
  EXPECT_EQ(text(TlsContext::server({junk, good.key})), "no PEM certificate, or one too weak, in: " + junk);
  EXPECT_EQ(text(TlsContext::server({good.certificate, junk})), "no PEM private key without a pass phrase in: " + junk);
  EXPECT_EQ(text(TlsContext::client({"/nowhere.ca", true})), "cannot read the TLS CA file: /nowhere.ca");
  EXPECT_EQ(text(TlsContext::client({junk, true})), "no PEM certificate in the TLS CA file: " + junk);
  EXPECT_EQ(text(TlsContext::client({"", true})), "good");
}

TEST(TlsContext, WarnsOfAnExpiredCertificateWithItsDate) {
  Certificates authority;
  const auto old = authority.issue("old", "DNS:a.test", -10, -2);
  const auto context = TlsContext::server({old.certificate, old.key});
  ASSERT_TRUE(context);
  ASSERT_EQ((*context)->warnings().size(), 1U);
  EXPECT_TRUE((*context)->warnings()[0].starts_with("the TLS certificate " + old.certificate + " expired on 20"));
  const auto early = authority.issue("early", "DNS:a.test", 3, 9);
  EXPECT_NE((*TlsContext::server({early.certificate, early.key}))->warnings()[0].find("is not valid before 20"), std::string::npos);
}

}  // namespace
}  // namespace daedap::net
