import AudienceJobs
import Foundation
import HTTPEffects
import HindsightApp
import MailAdapter
import Testing

@Suite("Settings of notices") struct NoticeSettingsTests {
    private static let whole = """
        audience:
          notices:
            webhooks:
              crm: { url: "https://crm.example/hooks", secret: ./crm.secret }
              erp: { url: "http://127.0.0.1:9000/notices", secretVariable: ERP_WEBHOOK_SECRET }
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
        #expect(notices.webhooks["crm"]?.secret == .file("\(folder.path)/crm.secret"))
        #expect(notices.webhooks["erp"]?.secret == .environment(variable: "ERP_WEBHOOK_SECRET"))
        #expect(notices.mail?.server.description == "mail.example.com:587" && notices.mail?.security == .starttls)
        #expect(notices.mail?.recipients == ["anna": "anna@bank.example", "shift-2": "duty@bank.example"])
        #expect(notices.channels.webhooks == ["crm", "erp"] && notices.channels.mailRecipients == ["anna", "shift-2"])
    }

    @Test("The settings in force show names, and no address") func shown() throws {
        let entries = try ConfigurationFolder(Self.whole).load().entries
        let recipients = entries.first { $0.key == "audience.notices.mail.recipients" }?.shown
        #expect(recipients.map { "\($0)" } == "anna,shift-2")
        #expect(entries.first { $0.key == "audience.notices.webhooks" }?.shown.map { "\($0)" } == "crm,erp")
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
            ("webhooks: { crm: { secret: geheim } }", "audience.notices.webhooks", "crm.url: is missing"),
            (
                "webhooks: { crm: { url: 'https://x', secretVariable: 'geheim 1' } }", "audience.notices.webhooks",
                "crm.secretVariable: must be the name of an environment variable"
            ),
            (
                "webhooks: { crm: { url: 'https://x', secret: s, secretVariable: S } }", "audience.notices.webhooks",
                "crm.secretVariable: stands beside secret"
            ),
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

    @Test("A secret comes from its file or from the environment, and is asked for by its key where it is not there") func secrets() throws {
        let folder = try ConfigurationFolder(Self.whole)
        let notices = try folder.load().audience.notices
        let file = URL(filePath: "\(folder.path)/crm.secret")
        func problem(_ environment: [String: String]) -> String? {
            #expect(throws: UsageError.self) { try notices.webhookReceivers(environment: environment) }?.description
        }
        #expect(problem([:])?.hasPrefix("audience.notices.webhooks.crm.secret: \(file.path): it can't be read") == true)
        try Data("geheim\n".utf8).write(to: file)
        let short = problem([:])
        #expect(short?.contains("16 bytes are the least") == true && short?.contains("geheim") == false)
        try Data("sixteen letters and more\n".utf8).write(to: file)
        #expect(
            problem([:])
                == "audience.notices.webhooks.erp.secretVariable: the environment has no ERP_WEBHOOK_SECRET, which is to hold the secret")
        #expect(problem(["ERP_WEBHOOK_SECRET": "geheim"])?.contains("geheim") == false)
        #expect(try notices.webhookReceivers(environment: ["ERP_WEBHOOK_SECRET": "0123456789abcdef"]).keys.sorted() == ["crm", "erp"])
    }

    @Test("They have no place in the environment or in flags") func fileOnly() {
        let problems = Configuration.problems(("audience.notices.mail.recipients", "anna=a@b.c"))
        #expect(problems.first == "audience.notices.mail.recipients (flag): stands in a configuration file only")
    }
}
