import AudienceJobs
import HindsightCore
import Testing

@Suite("A form") struct JobFormTests {
    private func problems(_ change: (inout [String: JSONValue]) -> Void) async throws -> [String] {
        var members = Facts.form.objectValue ?? [:]
        change(&members)
        do {
            _ = try await Facts.request(.object(members))
            return []
        } catch let problems as FormProblems {
            return problems.violations.map(\.pointer)
        }
    }

    @Test("fills in what it leaves out") func defaults() async throws {
        let request = try await Facts.request(["template": "by-purchases", "parameters": ["mcc": []]])
        #expect(request.kind == .audience)
        #expect(request.audienceType == "by-purchases")
        #expect(request.notify == ["inbox"])
        #expect(request.artifact.path == "\(Facts.job).csv")
    }

    @Test("names every field that is wrong") func wrongFields() async throws {
        #expect(try await problems { $0["parameters"] = ["mcc": ["x"], "colour": 1] } == ["/parameters/colour", "/parameters/mcc/0"])
        #expect(try await problems { $0["parameters"] = [:] } == ["/parameters/mcc"])
        #expect(try await problems { $0["template"] = "unknown" } == ["/template"])
        #expect(try await problems { $0["template"] = nil } == ["/template"])
        #expect(try await problems { $0["kind"] = "report" } == ["/kind"])
        #expect(try await problems { $0["offer"] = "a/b" } == ["/offer"])
        #expect(try await problems { $0["offer"] = ["title": "x"] } == ["/offer/id"])
        #expect(try await problems { $0["notify"] = ["pigeon"] } == ["/notify/0"])
        #expect(try await problems { $0["colour"] = 1 } == ["/colour"])
        #expect(try await problems { $0["cashback"] = ["percent": 5, "amountMinor": 5, "currency": "RUB"] } == ["/cashback"])
        #expect(try await problems { $0["cashback"] = ["percent": 5, "capMinor": 5] } == ["/cashback/currency"])
        #expect(try await problems { $0["cashback"] = ["percent": 101] } == ["/cashback/percent"])
    }

    @Test("says in words whom it may notify") func notifyForms() async throws {
        for target in ["pigeon:x", "inbox:", "webhook", "mail:Anna"] {
            await #expect(
                throws: FormProblems([
                    .init(
                        pointer: "/notify/0",
                        message:
                            "notify[0] must be inbox, inbox:NAME, webhook:NAME or mail:NAME, with a NAME of 1 to 64 of a-z, 0-9, '_' and '-'"
                    )
                ])
            ) {
                var members = Facts.form.objectValue ?? [:]
                members["notify"] = [.string(target)]
                _ = try await Facts.request(.object(members))
            }
        }
        #expect(try await problems { $0["notify"] = ["inbox", "inbox:anna", "webhook:crm", "mail:anna-b_2"] } == [])
    }

    @Test("has terms only with an offer that they belong to") func termsWithoutOffer() async throws {
        let terms: JSONValue = ["percent": 5]
        #expect(try await problems { $0["cashback"] = terms } == [])
        #expect(
            try await problems {
                $0["offer"] = nil
                ($0["cashback"], $0["precedence"]) = (terms, 1)
            } == ["/cashback", "/precedence"])
        #expect(
            try await problems {
                ($0["offer"], $0["cashback"]) = (nil, ["percent": 101])
            } == ["/cashback/percent"])
        // What the audience is may be said now, and the offer found later.
        #expect(try await problems { $0["offer"] = nil } == [])
    }

    @Test("asks for no offer where its template makes a report") func reportWithOffer() async throws {
        var registration = try Facts.registration()
        registration.definition.kind = .report
        let template = registration
        await #expect(
            throws: FormProblems([.init(pointer: "/offer", message: "offer goes with an audience: a report is attached to no offer")])
        ) {
            try await JobForm(["template": "by-purchases", "offer": "zz", "cashback": ["percent": 5], "parameters": ["mcc": []]]) { _ in
                template
            }
        }
        _ = try await JobForm(["template": "by-purchases", "parameters": ["mcc": []]]) { _ in template }
    }

    @Test("tells nobody twice") func noticesOnce() async throws {
        #expect(try await problems { $0["notify"] = ["inbox", "inbox:anna", "inbox"] } == ["/notify"])
        #expect(try await problems { $0["notify"] = ["inbox", "inbox:anna"] } == [])
    }

    @Test("names the file after a parameter only if its value is plain") func filePath() async throws {
        var definition = try TemplateDefinition(Facts.definition)
        definition.artifact.path = "{city}/{job}.csv"
        var registration = try Facts.registration()
        registration.definition = definition
        let template = registration
        func path(_ city: JSONValue) async throws -> String {
            let form = try await JobForm(["template": "by-purchases", "parameters": ["mcc": [], "city": city]]) { _ in template }
            return try JobRequested(form, template: template, job: Facts.job, at: Facts.now).artifact.path
        }
        #expect(try await path("kazan") == "kazan/\(Facts.job).csv")
        for hostile in ["..", "a/b", "Казань", "", "{job}", "a\0b"] {
            await #expect(throws: FormProblems.self) { try await path(.string(hostile)) }
        }
    }

    @Test("gives the same id to the same seed and form, and another to any other") func seededIDs() throws {
        let one = try JobID.seeded("1", form: Facts.form)
        #expect(try JobID.seeded("1", form: Facts.form) == one)
        #expect(try JobID.seeded("2", form: Facts.form) != one)
        #expect(try JobID.seeded("1", form: ["template": "x"]) != one)
    }
}
