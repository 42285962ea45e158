import AudienceJobs
import HindsightApp
import MailAdapter
import Testing

@Suite("Settings of notices") struct NoticeSettingsTests {
    private static let whole = """
        audience:
          notices:
            webhooks: { crm: { url: "https://crm.example/hooks", secret: ./crm.secret } }
            mail:
              server: mail.example.com:587
              credentials: mail.json
              from: hindsight@bank.example
              recipients: { anna: anna@bank.example, shift-2: duty@bank.example }
        """

    @Test("Names stand for addresses, and files are looked for beside the configuration") func read() throws {
        let folder = try ConfigurationFolder(Self.whole)
        let notices = try folder.load().audience.notices
        #expect(notices.webhooks["crm"]?.url == "https://crm.example/hooks")
        #expect(notices.webhooks["crm"]?.secret.hasSuffix("/crm.secret") == true)
        #expect(notices.mail?.server.description == "mail.example.com:587" && notices.mail?.security == .starttls)
        #expect(notices.mail?.recipients == ["anna": "anna@bank.example", "shift-2": "duty@bank.example"])
        #expect(notices.channels.webhooks == ["crm"] && notices.channels.mailRecipients == ["anna", "shift-2"])
    }

    @Test("The settings in force show names, and no address") func shown() throws {
        let entries = try ConfigurationFolder(Self.whole).load().entries
        let recipients = entries.first { $0.key == "audience.notices.mail.recipients" }?.shown
        #expect(recipients.map { "\($0)" } == "anna,shift-2")
        #expect(entries.first { $0.key == "audience.notices.webhooks" }?.shown.map { "\($0)" } == "crm")
    }

    @Test(
        "What is wrong is named by its key and entry, and not repeated",
        arguments: [
            (
                "mail: { server: m:25, from: a@b.c, recipients: { anna: geheim } }", "audience.notices.mail.recipients",
                "anna: must be an address like"
            ),
            (
                "mail: { server: m:25, from: a@b.c, recipients: { Анна: a@b.c } }", "audience.notices.mail.recipients",
                "holds a name that is not"
            ),
            ("mail: { server: m:25, from: a@b.c, recipients: {} }", "audience.notices.mail.recipients", "is empty: name one entry"),
            ("mail: { server: m:25, from: a@b.c, recipients: geheim }", "audience.notices.mail.recipients", "must be a mapping of names"),
            ("mail: { server: m:25, from: geheim, recipients: { anna: a@b.c } }", "audience.notices.mail.from", "must be an address like"),
            ("mail: { server: geheim, from: a@b.c, recipients: { anna: a@b.c } }", "audience.notices.mail.server", "must be host:port"),
            ("mail: { server: m:25, from: a@b.c }", "audience.notices.mail.server", "needs audience.notices.mail.recipients beside it"),
            (
                "mail: { server: m:25, recipients: { anna: a@b.c } }", "audience.notices.mail.server",
                "needs audience.notices.mail.from beside it"
            ),
            (
                "mail: { server: m:25, from: a@b.c, recipients: { anna: a@b.c }, tls: some }", "audience.notices.mail.tls",
                "must be one of none"
            ),
            ("webhooks: { crm: { url: 'https://x' } }", "audience.notices.webhooks", "crm.secret: is missing"),
            ("webhooks: { crm: { url: geheim, secret: s } }", "audience.notices.webhooks", "crm.url: must be an address"),
            ("webhooks: { crm: { url: 'https://x', secret: s, geheim: 1 } }", "audience.notices.webhooks", "crm.geheim: is no member"),
            ("webhooks: { crm: geheim }", "audience.notices.webhooks", "crm: must be a mapping of url and secret"),
        ])
    func wrong(yaml: String, key: String, reason: String) throws {
        let problems = try ConfigurationFolder("audience: { notices: { \(yaml) } }").problems()
        #expect(problems.count == 1, "\(problems)")
        #expect(problems.first?.hasPrefix("\(key) (hindsight.yaml:1): \(reason)") == true, "\(problems)")
        #expect(reason.contains("geheim") || problems.first?.contains("geheim") == false)
    }

    @Test("They have no place in the environment or in flags") func fileOnly() {
        let problems = Configuration.problems(("audience.notices.mail.recipients", "anna=a@b.c"))
        #expect(problems.first == "audience.notices.mail.recipients (flag): stands in a configuration file only")
    }
}
