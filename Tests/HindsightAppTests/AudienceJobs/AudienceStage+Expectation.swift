import SQLiteConnection

extension AudienceStage {
    /// The same question as the example notebook's, asked in one statement by somebody else.
    private static let question = """
        WITH bought AS (
            SELECT client_id, count(*) AS purchases, sum(amount_minor) AS amount FROM transactions
            WHERE (bcc = 'B07' OR mcc IN (5811, 5812, 5814)) AND made_on >= '2026-02-01' AND made_on <= '2026-06-30' GROUP BY client_id)
        SELECT client_id || ',' || purchases || ',' || amount FROM (
            SELECT b.client_id, b.purchases, b.amount FROM bought b JOIN clients c USING (client_id)
            WHERE b.purchases >= 2 AND b.amount >= 200000 AND 1.0 * b.amount / b.purchases <= 1500000
                AND c.segment <> 'premium' AND NOT c.opted_out
                AND EXISTS (
                    SELECT 1 FROM transactions t JOIN merchants m ON m.merchant_id = t.merchant_id
                    WHERE t.client_id = b.client_id AND t.made_on < '2026-07-01'
                        AND (m.company LIKE 'O''Hara%' OR m.company LIKE '%Ромашка%' OR m.company LIKE 'Кофейня%'))
            ORDER BY b.amount DESC, b.client_id LIMIT 500)
        ORDER BY client_id
        """

    /// The lines of the file that the example's form has to give.
    static let expectedLines = Result {
        let connection = try Connection(path: database.get(), mode: .readOnly)
        defer { connection.close() }
        var lines = ["client_id,purchases,amount_minor"]
        try connection.statement(question).forEach([]) { row in
            lines.append(row.text(0))
            return true
        }
        return lines
    }
}
