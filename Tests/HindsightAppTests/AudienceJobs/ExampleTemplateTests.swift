import AudienceJobs
import Foundation
import HindsightApp
import HindsightCore
import HindsightRuntime
import Testing

@Suite("The templates that a bank can start from") struct ExampleTemplateTests {
    // MARK: - Audience by purchases

    /// What the template's form asks for, worked out purchase by purchase.
    private static func audience(_ parameters: JSONValue, in ledger: Ledger) -> [String] {
        func texts(_ name: String) -> Set<String> { Set((parameters[name]?.arrayValue ?? []).compactMap(\.stringValue)) }
        let (bcc, competitors) = (texts("bcc"), texts("competitors"))
        let mcc = Set((parameters["mcc"]?.arrayValue ?? []).compactMap(\.integerValue))
        func day(_ name: String, or other: String) -> String { parameters[name]?.stringValue ?? other }
        func number(_ name: String) -> Int64? { parameters[name]?.integerValue }
        var bought: [String: (purchases: Int64, amount: Int64)] = [:]
        var atCompetitors: Set<String> = []
        for purchase in ledger.purchases {
            if (day("period_from", or: "2026-01-01")...day("period_to", or: "2026-06-30")).contains(purchase.day),
                bcc.isEmpty && mcc.isEmpty || bcc.contains(purchase.bcc) || mcc.contains(purchase.mcc)
            {
                let before = bought[purchase.client] ?? (0, 0)
                bought[purchase.client] = (before.purchases + 1, before.amount + purchase.amount)
            }
            if (day("competitors_from", or: "2026-01-01")...day("competitors_to", or: "2026-06-30")).contains(purchase.day),
                competitors.contains(purchase.company)
            {
                atCompetitors.insert(purchase.client)
            }
        }
        let kept = bought.filter { id, found in
            guard let client = ledger.clients[id] else { return false }
            return found.purchases >= number("purchases_min") ?? 1 && found.amount >= number("amount_min_minor") ?? 0
                && found.amount <= number("amount_max_minor") ?? .max
                && Double(found.amount) / Double(found.purchases) >= Double(number("average_check_min_minor") ?? 0)
                && Double(found.amount) / Double(found.purchases) <= Double(number("average_check_max_minor") ?? .max)
                && (competitors.isEmpty || atCompetitors.contains(id))
                && (texts("regions").isEmpty || texts("regions").contains(client.region))
                && (texts("segments").isEmpty || texts("segments").contains(client.segment))
                && (parameters["exclude_opt_outs"] == false || !client.hasOptedOut)
        }
        let best = kept.sorted { ($1.value.amount, $0.key) < ($0.value.amount, $1.key) }.prefix(number("size_limit").map(Int.init) ?? .max)
        return ["client_id,purchases,amount_minor"]
            + best.sorted { $0.key < $1.key }.map { "\($0.key),\($0.value.purchases),\($0.value.amount)" }
    }

    private static let questions: [JSONValue] = [
        [:],
        ["mcc": [5732], "average_check_min_minor": 1_400_000, "regions": ["Казань", "Москва"]],
        ["bcc": ["B01", "B03"], "amount_max_minor": 300_000, "period_from": "2026-03-01", "period_to": "2026-03-31"],
        [
            "competitors": ["Магазин; DROP TABLE clients; --", "Книги\tи табуляция"], "competitors_to": "2026-01-20",
            "segments": ["premium"],
        ],
        ["bcc": ["B02"], "mcc": [4121], "purchases_min": 3, "average_check_max_minor": 90_000, "size_limit": 7],
    ]

    @Test("Audiences by purchases hold exactly the clients that somebody else finds")
    func audiences() async throws {
        let ledger = try Ledger(AudienceStage.database.get())
        try await AudienceStage.with { stage in
            let service = stage.service()
            try await stage.register(service)
            for (number, parameters) in Self.questions.enumerated() {
                let row = try await service.run(
                    service.submit(["template": "audience-by-purchases", "parameters": parameters], seed: "\(number)"))
                let expected = Self.audience(parameters, in: ledger)
                #expect(expected.count > 2)
                #expect(row.status == .finished, "\(row.reason ?? "")")
                #expect(try stage.lines(of: row) == expected)
            }
        }
    }

    @Test("A form that lets opted-out clients in makes a file that is refused") func optedOut() async throws {
        try await AudienceStage.with { stage in
            let service = stage.service()
            try await stage.register(service)
            let form: JSONValue = ["template": "audience-by-purchases", "parameters": ["exclude_opt_outs": false]]
            let row = try await service.run(service.submit(form, seed: "1"))
            #expect(row.status == .failed && row.cause == .artifactOptOuts)
        }
    }

    // MARK: - A partner's monthly report

    private static func report(_ partner: String, _ month: String, days: Int?, in ledger: Ledger) -> [String] {
        let own = ledger.purchases.filter { $0.company == partner }
        let parts =
            days.map { (1...$0).map { "\(month)-\($0 < 10 ? "0" : "")\($0)" } } ?? Set(own.map(\.bcc)).sorted()
        return ["part,purchases,clients,new_clients,amount_minor,average_check_minor"]
            + parts.map { part in
                let indexes = own.indices.filter { own[$0].day.hasPrefix(month) && (days == nil ? own[$0].bcc : own[$0].day) == part }
                let new = indexes.count { index in !own[..<index].contains { $0.client == own[index].client } }
                let amount = indexes.reduce(0) { $0 + own[$1].amount }
                let average = indexes.isEmpty ? 0 : (Double(amount) / Double(indexes.count)).rounded(.toNearestOrAwayFromZero)
                return "\(part),\(indexes.count),\(Set(indexes.map { own[$0].client }).count),\(new),\(amount),\(Int64(average))"
            }
    }

    @Test(
        "A partner's report adds up to what somebody else counts, by day and by category, in short and in leap months",
        arguments: [
            ("O'Hara & Sons, \"Best\" Coffee", "2026-04", 30), ("Пятёрочка", "2026-02", 28), ("{job} {{template}}", "2024-02", 29),
            ("ООО «Ромашка, и Ко»", "2026-06", nil), ("Кофейня \"У дома\", ИП Д'Арк", "2026-01", nil),
        ])
    func reports(partner: String, month: String, days: Int?) async throws {
        let ledger = try Ledger(AudienceStage.database.get())
        try await AudienceStage.with { stage in
            let service = stage.service()
            try await stage.register(service, "partner-monthly-report")
            let form = try AudienceStage.form(of: "partner-monthly-report") {
                $0["parameters"] = ["partner": .string(partner), "month": .string(month), "by": days == nil ? "category" : "day"]
            }
            let row = try await service.run(service.submit(form, seed: "1"))
            #expect(row.status == .finished && row.kind == .report, "\(row.reason ?? "")")
            #expect(row.artifact?.path == "reports/\(month)/\(row.id).csv")
            let expected = Self.report(partner, month, days: days, in: ledger)
            #expect(try stage.lines(of: row) == expected)
            if let days { #expect(expected.count == days + 1) }
            #expect(try await stage.board.inbox().first?.subject == "Report is ready: partner-monthly-report")
        }
    }

    @Test("A report for a partner that has no merchants fails, and says at which step") func unknownPartner() async throws {
        try await AudienceStage.with { stage in
            let service = stage.service()
            try await stage.register(service, "partner-monthly-report")
            let form = try AudienceStage.form(of: "partner-monthly-report") {
                $0["parameters"] = ["partner": "Nobody's", "month": "2026-04"]
            }
            let row = try await service.run(service.submit(form, seed: "1"))
            #expect(row.status == .failed && row.cause == .paragraphError)
            #expect(row.reason?.contains("The partner's merchants") == true)
            #expect(row.paragraphs.compactMap(\.error) == ["LookupError"])
        }
    }

    @Test("The month of a report is checked before anything runs", arguments: ["2026-13", "2026-4", "April", "2026-04\n", "../../etc"])
    func wrongMonth(month: String) async throws {
        try await AudienceStage.with { stage in
            let service = stage.service()
            try await stage.register(service, "partner-monthly-report")
            let form = try AudienceStage.form(of: "partner-monthly-report") {
                $0["parameters"] = ["partner": "Ozon", "month": .string(month)]
            }
            await #expect { try await service.submit(form) } throws: {
                ($0 as? FormProblems)?.violations.map(\.pointer) == ["/parameters/month"]
            }
        }
    }
}
