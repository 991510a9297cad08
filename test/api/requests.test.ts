import { apiRequests } from '../torture/api-requests.ts';
import { testRow } from '../torture/row.ts';

testRow(apiRequests);
